import type { CarriersResult } from './carriers.ts';
import { summarise } from './statistics.ts';
import { table } from './table.ts';

const GAP_GOAL_MS = 500;

/** How two carriers are measured, for docs/benchmarks.md. */
const TEXT = `\`npm run bench carriers\`; needs root, for its network namespaces. The box's engine and the hub's media worker are in a namespace each, joined
by two carriers as a box with two modems sees them: an address, a route and a table each. The carriers have the delay of this machine only, so a real
link adds a round trip or two. Ten times the carrier in use goes, by turns *cut* (nothing passes and nobody is told) and *unplugged* (address and
interface go), and is mended before the next. A gap is the time between two packets of a feed at the hub. Then a whole box and a whole hub lose both
carriers for a while; counted is what the hub's database has of the numbers that the box gave, of each signal's own numbers, and of the captures that were
taken before, meanwhile and after. Captures are put in by a test beside the box's program.`;

export function carriersSection(result: CarriersResult | undefined): string {
  return `${TEXT}\n\n${result ? `${cutsTable(result)}\n\n${bothTable(result)}` : 'Not measured.'}`;
}

function cutsTable({ cuts, sessions }: CarriersResult): string {
  const row = (label: string, values: number[]) => {
    const { p50, min, max } = summarise(values);
    const verdict = max < GAP_GOAL_MS ? 'met' : `missed by ${Math.round(max - GAP_GOAL_MS)} at worst`;
    return [label, `< ${GAP_GOAL_MS}`, `${Math.round(p50)} (${Math.round(min)}–${Math.round(max)})`, verdict];
  };
  const rows = (['cut', 'unplug'] as const).flatMap((how) => {
    const of = cuts.filter((each) => each.how === how);
    const name = how === 'cut' ? 'cut' : 'unplugged';
    return [
      row(
        `${name}: longest gap of pictures, ms`,
        of.map(({ picturesMs }) => picturesMs),
      ),
      row(
        `${name}: longest gap of sound, ms`,
        of.map(({ soundMs }) => soundMs),
      ),
    ];
  });
  const all = [`sessions in all ${cuts.length}`, '1', String(sessions), sessions === 1 ? 'met' : 'missed'];
  return table(['figure', 'goal', 'median (lowest–highest)', ''], [...rows, all]);
}

function bothTable({ bothCut }: CarriersResult): string {
  const { records, missing, repeated, messages, messagesWhileGone } = bothCut;
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  const none = (count: number) => (count === 0 ? 'met' : 'missed');
  return table(
    [`both carriers gone for ${seconds(bothCut.goneMs)} s`, 'goal', 'value', ''],
    [
      [`of ${records} records, missing`, '0', String(missing), none(missing)],
      ['twice', '0', String(repeated), none(repeated)],
      [
        `of ${messages} vitals messages (${messagesWhileGone} meanwhile), missing`,
        '0',
        String(bothCut.missingMessages),
        none(bothCut.missingMessages),
      ],
      ['twice', '0', String(bothCut.repeatedMessages), none(bothCut.repeatedMessages)],
      [
        `of ${bothCut.captures} captures, not whole`,
        '0',
        String(bothCut.captures - bothCut.wholeCaptures),
        none(bothCut.captures - bothCut.wholeCaptures),
      ],
      ['shown as late, s of the time', '', seconds(bothCut.lateMs), ''],
      ['all there after, s', '', seconds(bothCut.drainedAfterMs), ''],
    ],
  );
}
