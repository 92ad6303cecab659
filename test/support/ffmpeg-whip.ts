import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Demuxer, Log, Muxer } from 'node-av';
import { AV_LOG_DEBUG } from 'node-av/constants';

/**
 * FFmpeg's own WHIP muxer, sending a test picture and a tone for some seconds, or until SIGTERM: a publisher
 * that we did not write.
 * Run as a process: `node ffmpeg-whip.ts <url> <seconds> <file>`, with the token in WHIP_TOKEN.
 */
const [url, seconds, file] = process.argv.slice(2) as [string, string, string];
if (process.env['WHIP_LOG']) Log.setLevel(AV_LOG_DEBUG);
execFileSync(
  process.env['FFMPEG_BIN'] ?? 'ffmpeg',
  [
    ...['-v', 'error', '-y'],
    ...['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=15'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'],
    ...['-t', seconds, '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency'],
    ...['-profile:v', 'baseline', '-pix_fmt', 'yuv420p', '-g', '15', '-b:v', '800k'],
    ...['-c:a', 'libopus', '-ac', '2', '-f', 'matroska', file],
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);

const input = await Demuxer.open(file);
const output = await Muxer.open(url, {
  format: 'whip',
  options: { authorization: process.env['WHIP_TOKEN'] ?? '' },
});
const places = [input.video()!, input.audio()!].map((stream) => output.addStream(stream));
let stopped = false;
process.once('SIGTERM', () => (stopped = true));
const startedAtMs = performance.now();
for await (const packet of input.packets()) {
  if (!packet || stopped) break;
  const { num, den } = packet.timeBase;
  const dueMs = (Number(packet.dts) * 1000 * num) / den;
  await sleep(Math.max(0, startedAtMs + dueMs - performance.now()));
  await output.writePacket(packet, places[packet.streamIndex]!);
}
await output.close();
await input.close();
