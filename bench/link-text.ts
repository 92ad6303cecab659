/** How the rig works, for docs/benchmarks.md. */
export const LINK_TEXT = `\`npm run bench:link [runs] [publisher,…] [scenario,…]\` measures the box's uplink beside others'
on the same link, writes [link.json](bench-results/link.json) and the pictures. Five runs of the three publishers take half an hour.
For tuning, \`node test/link/run.ts --publisher native --scenario cap\` runs one part of the reference link (\`cap\`, \`outage\`, \`paths\`) or one
profile, and prints what was offered, believed, queued, lost and seen in each 100 ms.

**The rig** (\`test/link/\`). Publisher → relay → a mediasoup worker → Chromium. The relay is a process of its own that passes
UDP packets on: first a queue of bounded length before a bottleneck, then loss, then delay; each direction by itself. It is put
in by rewriting the port of the hub's ICE candidates. Loss and jitter come from a seed and a packet's number, so every publisher
loses the same packets of a run. Rates are of UDP payloads. An outage loses both directions; a NAT rebind gives the hub-side
socket another port; a path move does too, loses what is under way, lets nothing pass for 50 ms and has another delay (60 ms).
The viewer is on a clean path and asks for a key frame when the picture stands for 300 ms, as a room's page does. *Relay late* is how much later than it should the relay sent a packet: more than a few milliseconds,
and the machine was too busy for the other figures to mean anything.

**The publishers**, one at a time and by turns: *native*, the box's own engine (H.264); *libwebrtc*, the box's second engine (VP8);
*chromium*, a page that publishes as our room's page does, resolution before frame rate (VP8). All draw the same moving ultrasound
picture, 720p30 with a clock in it, and may send 2.5 Mbit/s. Everything runs on this machine, so ages are true; capture and display
of a real camera and screen are not in them.

**The reference link:** 40 ms each way, 2 % of packets lost upwards, a queue of 400 ms. 15 s of warm-up, 10 s of a cap of 800 kbit/s,
19 s without, 1.5 s of outage, 15 s, a NAT rebind, 10 s, a path move, 10 s. *Loopback* has
neither delay nor loss, and counts for 30 s after 15 s of warm-up. The other links are models of mobile networks after
published measurements, by name and with their sources in \`test/link/profiles.ts\`; they count from 10 s after the start.

**The figures.** A gap is the time between two decoded pictures. *Frozen* is the sum of all gaps over 200 ms, each counted whole, as
far as it lies in the stretch: the cap's 10 s, or 15 s from the start of the outage. *Longest gap* is of all gaps that touch the stretch.
*Fits after*: the end of the first window of 200 ms in which no more than the cap is offered, and after whose start no whole second
of the cap's time is over it. *90 % again*: the end of the first whole second with 90 % of what was offered in the last 5 s before the cap.
*Good* is the last 5 s of the warm-up. Cells are medians with the lowest and the highest run.

**The picture** has a lane for each publisher; it shows the run whose frozen time is the median. Above, in blue, what the publisher offered,
and as a green dashed line what the link carries where that is within the scale. Below, in violet, the age of each picture as it was
decoded, cut off at one second. Red stretches are freezes with their length in seconds under them; grey is when nothing passes.`;
