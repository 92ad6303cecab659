import { FREEZE_MS, gaps, offeredKbps, totalFrozenS } from '../test/link/metrics.ts';
import type { Recording } from '../test/link/recording.ts';
import type { Scenario } from '../test/link/scenario.ts';

const WIDTH = 1200;
const LEFT = 150;
const RIGHT = 20;
const TOP = 96;
const RATE_HEIGHT = 96;
const AGE_HEIGHT = 64;
const GAP = 10;
const LANE_HEIGHT = RATE_HEIGHT + GAP + AGE_HEIGHT + 34;
const LENGTH_WIDTH = 24;
const BIN_MS = 200;
const MAX_KBPS = 4_000;
const MAX_AGE_MS = 1_000;

const STYLE = `
  :root { --paper: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --rate: #0969da; --age: #8250df; --freeze: #cf222e; --link: #1a7f37; --dead: #57606a }
  @media (prefers-color-scheme: dark) {
    :root { --paper: #0d1117; --ink: #e6edf3; --soft: #9198a1; --line: #30363d; --rate: #58a6ff; --age: #bc8cff; --freeze: #ff7b72; --link: #56d364; --dead: #9198a1 }
  }
  .paper { fill: var(--paper) }
  text { font: 12px system-ui, sans-serif; fill: var(--soft) }
  .title { font-size: 18px; font-weight: 600; fill: var(--ink) }
  .name { font-size: 14px; font-weight: 600; fill: var(--ink) }
  .event { stroke: var(--soft); stroke-dasharray: 2 3 }
  .grid { stroke: var(--line) }
  .rate { fill: var(--rate); fill-opacity: .25; stroke: var(--rate) }
  .age { fill: none; stroke: var(--age); stroke-width: 1.2 }
  .link { fill: none; stroke: var(--link); stroke-width: 1.5; stroke-dasharray: 6 3 }
  .freeze { fill: var(--freeze); fill-opacity: .3 }
  .length { fill: var(--freeze); font-size: 11px; font-weight: 600 }
  .dead { fill: var(--dead); fill-opacity: .18 }
`;

/** One run; another seed may make another link of the same profile. */
export interface Lane {
  scenario: Scenario;
  recording: Recording;
}

/** What was offered, the age of the picture and its freezes over time, a lane for each publisher. */
export function picture(lanes: readonly Lane[]): string {
  const { scenario } = lanes[0]!;
  const height = TOP + lanes.length * LANE_HEIGHT + 30;
  const x = (ms: number) => LEFT + (ms / scenario.durationMs) * (WIDTH - LEFT - RIGHT);
  const drawn = lanes.map((one, i) => lane(one, TOP + i * LANE_HEIGHT, x));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">
<title id="title">Offered rate, age and freezes of the picture over a bad link: ${escape(scenario.name)}</title>
<style>${STYLE}</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
<text class="title" x="${LEFT}" y="28">Over a bad link: ${escape(scenario.name)}</text>
${legend()}
${events(scenario, height - 30, x)}
${drawn.join('\n')}
${seconds(scenario, height - 12, x)}
</svg>
`;
}

function legend(): string {
  const entries = [
    ['rate', 'offered, kbit/s'],
    ['link', 'what the link carries'],
    ['age', 'age of the picture, ms'],
    ['freeze', 'picture stood (gap over 200 ms; s)'],
    ['dead', 'nothing passes'],
  ] as const;
  let left = LEFT;
  return entries
    .map(([kind, text]) => {
      const mark =
        kind === 'age' || kind === 'link'
          ? `<path class="${kind}" d="M${left} 46h18"/>`
          : `<rect class="${kind}" x="${left}" y="40" width="18" height="11"/>`;
      const entry = `${mark}<text x="${left + 24}" y="50">${text}</text>`;
      left += 50 + text.length * 6.4;
      return entry;
    })
    .join('');
}

function events(scenario: Scenario, bottom: number, x: (ms: number) => number): string {
  return scenario.phases
    .map(({ startMs, label }, i) => {
      // Two heights, so that neighbours do not write over each other.
      const y = i % 2 === 0 ? 72 : 86;
      return `<path class="event" d="M${px(x(startMs))} ${y + 4}V${bottom}"/><text x="${px(x(startMs) + 3)}" y="${y}">${escape(label)}</text>`;
    })
    .join('');
}

function lane({ scenario, recording }: Lane, top: number, x: (ms: number) => number): string {
  const rateBottom = top + RATE_HEIGHT;
  const ageBottom = rateBottom + GAP + AGE_HEIGHT;
  const rateY = (kbps: number) => rateBottom - (Math.min(kbps, MAX_KBPS) / MAX_KBPS) * RATE_HEIGHT;
  const ageY = (ms: number) => ageBottom - (Math.min(Math.max(ms, 0), MAX_AGE_MS) / MAX_AGE_MS) * AGE_HEIGHT;
  return [
    `<text class="name" x="12" y="${top + 14}">${escape(recording.publisher)}</text>`,
    `<text x="12" y="${top + 31}">frozen ${totalFrozenS(recording, scenario).toFixed(1)} s</text>`,
    `<text x="12" y="${top + 47}">seed ${recording.seed}</text>`,
    ...[0, 2_000, MAX_KBPS].map((kbps) => gridLine(rateY(kbps), String(kbps))),
    ...[0, 500, MAX_AGE_MS].map((ms) => gridLine(ageY(ms), String(ms))),
    dead(scenario, top, ageBottom - top, x),
    freezes(scenario, recording, top, ageBottom - top, x),
    `<path class="rate" d="${rate(scenario, recording, rateBottom, x, rateY)}"/>`,
    `<path class="link" d="${carried(scenario, x, rateY)}"/>`,
    `<path class="age" d="${age(recording, x, ageY)}"/>`,
  ].join('\n');
}

const gridLine = (y: number, text: string) =>
  `<path class="grid" d="M${LEFT} ${px(y)}H${WIDTH - RIGHT}"/><text x="${LEFT - 6}" y="${px(y + 4)}" text-anchor="end">${text}</text>`;

function rate(
  scenario: Scenario,
  recording: Recording,
  bottom: number,
  x: (ms: number) => number,
  y: (kbps: number) => number,
): string {
  const steps: string[] = [];
  for (let startMs = 0; startMs < scenario.durationMs; startMs += BIN_MS) {
    const kbps = offeredKbps(recording, { startMs, endMs: startMs + BIN_MS });
    steps.push(
      `${px(x(startMs))} ${px(y(Number.isNaN(kbps) ? 0 : kbps))}H${px(x(Math.min(startMs + BIN_MS, scenario.durationMs)))}`,
    );
  }
  return `M${LEFT} ${bottom}L${steps.join('L')}V${bottom}Z`;
}

/** The line breaks where the picture stood. */
function age({ frames }: Recording, x: (ms: number) => number, y: (ms: number) => number): string {
  let lastMs = -Infinity;
  return frames
    .flatMap(({ atMs, ageMs }) => {
      if (ageMs === null || atMs < 0) return [];
      const pen = atMs - lastMs > FREEZE_MS ? 'M' : 'L';
      lastMs = atMs;
      return [`${pen}${px(x(atMs))} ${px(y(ageMs))}`];
    })
    .join('');
}

function freezes(
  scenario: Scenario,
  recording: Recording,
  top: number,
  height: number,
  x: (ms: number) => number,
): string {
  const stood = gaps(recording, scenario.durationMs)
    .map(({ startMs, endMs }) => ({ left: x(startMs), right: x(endMs), lengthMs: endMs - startMs }))
    .filter(({ lengthMs }) => lengthMs > FREEZE_MS);
  const bars = stood.map(
    ({ left, right }) =>
      `<rect class="freeze" x="${px(left)}" y="${top}" width="${px(right - left)}" height="${height}"/>`,
  );
  // The longest first; a length that would write over another is left out.
  const written: number[] = [];
  const lengths = stood
    .sort((a, b) => b.lengthMs - a.lengthMs)
    .flatMap(({ left, right, lengthMs }) => {
      const middle = (left + right) / 2;
      if (written.some((other) => Math.abs(other - middle) < LENGTH_WIDTH)) return [];
      written.push(middle);
      const text = (lengthMs / 1000).toFixed(1);
      return `<text class="length" x="${px(middle)}" y="${top + height + 12}" text-anchor="middle">${text}</text>`;
    });
  return [...bars, ...lengths].join('');
}

interface Stretch {
  startMs: number;
  endMs: number;
  kbps: number;
}

/** What the uplink carries, stretch by stretch; 0 while it is down. */
function capacity({ start, events, durationMs }: Scenario): Stretch[] {
  const changes = [
    { atMs: 0, link: start },
    ...events.flatMap((event) => (event.type === 'link' ? [event] : [])),
  ];
  return changes.map(({ atMs, link }, i) => ({
    startMs: atMs,
    endMs: changes[i + 1]?.atMs ?? durationMs,
    kbps: link.up.down ? 0 : link.up.capKbps,
  }));
}

function dead(scenario: Scenario, top: number, height: number, x: (ms: number) => number): string {
  return capacity(scenario)
    .filter(({ kbps }) => kbps === 0)
    .map(
      ({ startMs, endMs }) =>
        `<rect class="dead" x="${px(x(startMs))}" y="${top}" width="${px(x(endMs) - x(startMs))}" height="${height}"/>`,
    )
    .join('');
}

/** Where it is within the scale. */
function carried(scenario: Scenario, x: (ms: number) => number, y: (kbps: number) => number): string {
  return capacity(scenario)
    .filter(({ kbps }) => kbps > 0 && kbps <= MAX_KBPS)
    .map(({ startMs, endMs, kbps }) => `M${px(x(startMs))} ${px(y(kbps))}H${px(x(endMs))}`)
    .join('');
}

function seconds({ durationMs }: Scenario, y: number, x: (ms: number) => number): string {
  const marks: string[] = [];
  for (let ms = 0; ms <= durationMs; ms += 10_000)
    marks.push(`<text x="${px(x(ms))}" y="${y}" text-anchor="middle">${ms / 1000} s</text>`);
  return marks.join('');
}

const px = (value: number) => String(Math.round(value * 10) / 10);
const escape = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
