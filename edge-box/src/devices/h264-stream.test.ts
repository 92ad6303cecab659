import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterSets, nalType, nalUnitsOf, readAccessUnit } from './h264-stream.ts';

/** Access units of a real encoder, cut at their delimiters. */
function encoded(profile: string, bFrames: number): Uint8Array[] {
  const picture = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10', '-t', '2'];
  const params = `keyint=10:scenecut=0:b-adapt=0:repeat-headers=1:aud=1`;
  const encoder = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-profile:v', profile, '-bf', String(bFrames)];
  const bytes = execFileSync(
    'ffmpeg',
    ['-v', 'error', ...picture, ...encoder, '-x264-params', params, '-f', 'h264', '-'],
    {
      maxBuffer: 10_000_000,
    },
  );
  const units: Uint8Array[][] = [];
  for (const unit of nalUnitsOf(bytes)) {
    if (nalType(unit) === 9) units.push([]);
    units.at(-1)?.push(unit);
  }
  return units.map(joined);
}

const joined = (units: Uint8Array[]): Buffer =>
  Buffer.concat(units.flatMap((unit) => [Uint8Array.of(0, 0, 0, 1), unit]));
/** As cameras do that send their parameter sets beside the stream. */
const withoutSets = (bytes: Uint8Array): Buffer =>
  joined(nalUnitsOf(bytes).filter((unit) => nalType(unit) !== 7 && nalType(unit) !== 8));

describe("somebody else's H.264", () => {
  it('is seen to have B pictures, or none', () => {
    const hasB = (units: Uint8Array[]): boolean => units.some((bytes) => readAccessUnit(bytes).hasB);
    expect(hasB(encoded('main', 2))).toBe(true);
    expect(hasB(encoded('main', 0))).toBe(false);
    expect(hasB(encoded('high', 0))).toBe(false);
  });

  it('tells its profile and its key frames', () => {
    const bytes = encoded('high', 0);
    const units = bytes.map(readAccessUnit);
    expect(units.filter(({ isKeyFrame }) => isKeyFrame)).toHaveLength(2);
    expect(units[0]).toMatchObject({ profile: 100, hasParameterSets: true, isKeyFrame: true });
    expect(readAccessUnit(withoutSets(bytes[10] as Uint8Array))).toMatchObject({
      profile: null,
      hasParameterSets: false,
      isKeyFrame: true,
    });
  });

  it('gets its parameter sets before every key frame', () => {
    const sets = new ParameterSets();
    const [first, second, ...rest] = encoded('main', 0) as [Uint8Array, Uint8Array, ...Uint8Array[]];
    const later = withoutSets(rest.find((bytes) => readAccessUnit(bytes).isKeyFrame) as Uint8Array);
    expect(sets.complete(readAccessUnit(later), later)).toBeNull();
    sets.learn(readAccessUnit(first).units);
    const completed = sets.complete(readAccessUnit(later), later) as Buffer;
    expect(readAccessUnit(completed)).toMatchObject({
      hasParameterSets: true,
      isKeyFrame: true,
      profile: 77,
    });
    expect(sets.complete(readAccessUnit(second), second)).toEqual(Buffer.from(second));
  });

  it('may be any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readAccessUnit(bytes);
      }),
    );
  });
});
