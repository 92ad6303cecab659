import { SIX_MEGABIT, type SixMegabitResult } from './six-megabit.ts';
import { table } from './table.ts';

const GAP_GOAL_MS = 100;

/** How the 6 Mbit/s link is measured, for docs/benchmarks.md. */
const TEXT = `\`npm run bench six\`: the relay of the rig below, 40 ms each way, 6 Mbit/s up, 0.5 % of packets lost upwards, a queue of 300 ms. The
box's engine sends one clinical feed (ultrasound simulation, 720p30, at least 4 and at most 6 Mbit/s), two faces (360p30, 150 kbit/s to 1 Mbit/s each) and
a voice; together they would take 8 Mbit/s. ${SIX_MEGABIT.measuredMs / 1000} s after ${SIX_MEGABIT.settleMs / 1000} s of settling. Rates are of RTP
packets as they reached the hub, each counted once, by seconds; the encoder makes some pictures smaller than it may, so a second
can lie under the floor that the engine kept. *Was told* is what the engine gave the clinical encoder.`;

export function sixMegabitSection(result: SixMegabitResult | undefined): string {
  return `${TEXT}\n\n${result ? figures(result) : 'Not measured.'}`;
}

function figures(result: SixMegabitResult): string {
  const { clinicalKbps, queueMs } = result;
  const whole = (value: number) => value.toFixed(0);
  const atLeast = (value: number, goal: number) =>
    value >= goal ? 'met' : `missed by ${whole(goal - value)}`;
  const { floorKbps } = SIX_MEGABIT;
  const gapOver = result.voiceLongestGapMs - GAP_GOAL_MS;
  return table(
    ['figure', 'goal', 'value', ''],
    [
      [
        'clinical: was told, kbit/s, lowest',
        `≥ ${floorKbps}`,
        whole(result.clinicalToldKbps.min),
        atLeast(result.clinicalToldKbps.min, floorKbps),
      ],
      [
        'clinical: arrived, kbit/s, median',
        `≥ ${floorKbps}`,
        whole(clinicalKbps.p50),
        atLeast(clinicalKbps.p50, floorKbps),
      ],
      ['clinical: arrived, kbit/s, lowest second', '', whole(clinicalKbps.min), ''],
      ['clinical: seconds under the floor', '', `${whole(result.underFloorPart * 100)} %`, ''],
      ['clinical: frames/s', '30', result.clinicalFramesPerSecond.toFixed(1), ''],
      [
        'voice: longest gap, ms',
        `≤ ${GAP_GOAL_MS}`,
        whole(result.voiceLongestGapMs),
        gapOver <= 0 ? 'met' : `missed by ${whole(gapOver)}`,
      ],
      ['faces: arrived, kbit/s', '', result.facesKbps.map(whole).join(', '), ''],
      ['faces: were told, kbit/s, median', '', result.facesToldKbps.map(whole).join(', '), ''],
      ['believed of the uplink, kbit/s, median', '', whole(result.estimateKbps), ''],
      ['queue before the bottleneck, ms, p50 / p95', '', `${whole(queueMs.p50)} / ${whole(queueMs.p95)}`, ''],
      ['packets that the full queue dropped', '', String(result.droppedPackets), ''],
      ['the rig: relay late p99, ms', '', result.relayLateMs.toFixed(1), ''],
    ],
  );
}
