import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BoxClock } from '../clock.ts';
import { SerialSource } from './serial-source.ts';
import { KeptVitals, wearableMessage } from './testing.ts';

/** The border here: a pair of pseudo-terminals stands for the cable; what is behind it is the real driver interface of Linux. */
class Cable {
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), 'rui-serial-'));
  readonly boxEnd = path.join(this.#folder, 'box');
  readonly #monitorEnd = path.join(this.#folder, 'monitor');
  #socat: ChildProcess | undefined;
  #monitor: FileHandle | undefined;

  async plugIn(): Promise<void> {
    const pty = (link: string): string => `pty,raw,echo=0,link=${link}`;
    this.#socat = spawn('socat', [pty(this.boxEnd), pty(this.#monitorEnd)], { stdio: 'ignore' });
    await vi.waitFor(async () => {
      await readlink(this.boxEnd);
      this.#monitor = await open(this.#monitorEnd, 'r+');
    });
  }

  async say(text: string): Promise<void> {
    await this.#monitor?.write(text);
  }

  async pullOut(): Promise<void> {
    const gone = new Promise((resolve) => this.#socat?.once('exit', resolve));
    this.#socat?.kill();
    await gone;
    await this.#monitor?.close();
  }

  async remove(): Promise<void> {
    if (this.#socat?.exitCode === null && this.#socat.signalCode === null) await this.pullOut();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const MASIMO = '02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% ALARM=0000 EXC=000800\r\n';
let cable: Cable;
let source: SerialSource;
let kept: KeptVitals;

function begin(protocol: 'json-lines' | 'masimo-ascii-1'): void {
  const config = { kind: 'serial', id: 'monitor', port: cable.boxEnd, baudRate: 9600, protocol } as const;
  source = new SerialSource(config, new BoxClock());
  source.start(kept);
}

beforeEach(() => {
  cable = new Cable();
  kept = new KeptVitals();
});
afterEach(async () => {
  await source.stop();
  await cable.remove();
});

describe('a monitor at a serial port', () => {
  it('is read line by line, also when it begins in the middle of one', async () => {
    await cable.plugIn();
    begin('masimo-ascii-1');
    await vi.waitFor(async () => {
      await cable.say(`${MASIMO.slice(40)}${MASIMO}`);
      expect(kept.values('spo2').length).toBeGreaterThan(1);
    });
    expect(kept.values('spo2')[0]).toBe(98);
    expect(kept.rejections).toContain('garbage');
    expect(source.state).toBe('ok');
  });

  it('that sends noise, or a line without an end, costs nothing but counts', async () => {
    await cable.plugIn();
    begin('json-lines');
    await vi.waitFor(async () => {
      await cable.say('\n\u0000\u00ff{{{\n');
      expect(kept.rejections).toContain('garbage');
    });
    for (let i = 0; i < 80; i++) await cable.say('x'.repeat(4096));
    await vi.waitFor(() => expect(kept.rejections).toContain('too-long'));
    await cable.say(`\n${wearableMessage(1)}\n`);
    await vi.waitFor(() => expect(kept.values('temperature')).toEqual([36.7]));
  });

  it('that is pulled out is missing, and goes on by itself when it is back', async () => {
    begin('json-lines');
    await vi.waitFor(() => expect(source).toMatchObject({ state: 'absent', detail: 'device-missing' }));
    await cable.plugIn();
    await vi.waitFor(
      async () => {
        await cable.say(`${wearableMessage(1)}\n`);
        expect(kept.values('heart-rate')).toEqual([72]);
      },
      { timeout: 10_000 },
    );
    await cable.pullOut();
    await vi.waitFor(() => expect(source.state).toBe('absent'), { timeout: 10_000 });
    await cable.plugIn();
    await vi.waitFor(
      async () => {
        await cable.say(`${wearableMessage(9)}\n`);
        expect(kept.values('heart-rate')).toEqual([72, 72]);
      },
      { timeout: 20_000 },
    );
  });
});
