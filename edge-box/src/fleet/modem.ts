import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { BoxReport } from '../../../src/lib/signaling/contract/index.ts';

type ModemReport = NonNullable<BoxReport['modem']>;

const run = promisify(execFile);
const TIMEOUT_MS = 3_000;
/** A machine without ModemManager gets none from one report to the next. */
const ABSENT_PAUSE_MS = 5 * 60_000;

const listSchema = z.object({ 'modem-list': z.array(z.string()).max(16) });
/** Only what is used, of what `mmcli -m … -J` says. It writes `--` for what it does not know. */
const modemSchema = z.object({
  modem: z.object({
    '3gpp': z.object({ 'operator-name': z.string() }).partial().optional(),
    generic: z
      .object({
        'access-technologies': z.array(z.string()),
        'signal-quality': z.object({ value: z.string() }).partial(),
        state: z.string(),
      })
      .partial(),
  }),
});

/** What the first modem says of itself; null without ModemManager or without a modem. */
export class Modem {
  readonly #program: string;
  #notBeforeMs = 0;

  /** `program`: another one only in tests. */
  constructor(program = 'mmcli') {
    this.#program = program;
  }

  async read(nowMs: number): Promise<ModemReport | null> {
    if (nowMs < this.#notBeforeMs) return null;
    try {
      const { 'modem-list': modems } = listSchema.parse(await this.#ask('-L'));
      const [first] = modems;
      if (first === undefined) return null;
      return parseModem(await this.#ask('-m', first));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#notBeforeMs = nowMs + ABSENT_PAUSE_MS;
      return null;
    }
  }

  async #ask(...args: string[]): Promise<unknown> {
    const { stdout } = await run(this.#program, [...args, '-J'], {
      timeout: TIMEOUT_MS,
      maxBuffer: 256 * 1024,
    });
    return JSON.parse(stdout);
  }
}

/** @throws when it is nothing that mmcli would say. */
export function parseModem(answer: unknown): ModemReport {
  const { '3gpp': network, generic } = modemSchema.parse(answer).modem;
  const known = (text: string | undefined, length: number) =>
    text === undefined || text === '--' || text === '' ? null : text.slice(0, length);
  const signal = Number(generic['signal-quality']?.value);
  return {
    operator: known(network?.['operator-name'], 64),
    technology: known(generic['access-technologies']?.join(' '), 32),
    signalPercent: signal >= 0 && signal <= 100 ? signal : null,
    state: known(generic.state, 32) ?? 'unknown',
  };
}
