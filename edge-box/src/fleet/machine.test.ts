import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MachineHealth } from './machine-health.ts';
import { Modem, parseModem } from './modem.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(path.join(os.tmpdir(), 'rui-machine-'))));
afterEach(() => rmSync(root, { recursive: true }));

function put(file: string, content: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), content);
}

describe('the machine', () => {
  it('says how full and hot it is', async () => {
    put('proc/meminfo', 'MemTotal:        1000 kB\nMemFree: 5 kB\nMemAvailable:     250 kB\n');
    put('sys/class/thermal/thermal_zone0/temp', '41000\n');
    put('sys/class/thermal/thermal_zone1/temp', '72500\n');
    put('sys/class/thermal/thermal_zone2/temp', 'broken');
    put('sys/class/thermal/cooling_device0/temp', '99000\n');
    const sample = await new MachineHealth(root, root).sample();
    expect(sample).toMatchObject({ memoryPercent: 75, temperatureC: 72.5 });
    expect(sample.diskPercent).toBeGreaterThan(0);
    expect(sample.cpuPercent).toBeGreaterThanOrEqual(0);
  });

  it('without sensors is no error', async () => {
    const sample = await new MachineHealth('/nowhere', root).sample();
    expect(sample).toMatchObject({ memoryPercent: 0, diskPercent: 0, temperatureC: null });
  });
});

describe('the modem', () => {
  it('is read through mmcli', async () => {
    const program = path.join(root, 'mmcli');
    writeFileSync(
      program,
      `#!/bin/sh
case "$1" in
-L) echo '{"modem-list":["/org/freedesktop/ModemManager1/Modem/0"]}' ;;
-m) echo '{"modem":{"3gpp":{"operator-name":"CHN-CT"},"generic":{"access-technologies":["lte","5gnr"],"signal-quality":{"recent":"yes","value":"63"},"state":"connected"}}}' ;;
esac
`,
    );
    chmodSync(program, 0o755);
    expect(await new Modem(program).read(0)).toEqual({
      operator: 'CHN-CT',
      technology: 'lte 5gnr',
      signalPercent: 63,
      state: 'connected',
    });
  });

  it('that is absent is asked for seldom; what is not known is null', async () => {
    const modem = new Modem(path.join(root, 'no-such-program'));
    expect(await modem.read(0)).toBeNull();
    writeFileSync(path.join(root, 'no-such-program'), '#!/bin/sh\nexit 1');
    expect(await modem.read(1)).toBeNull();
    expect(
      parseModem({ modem: { '3gpp': { 'operator-name': '--' }, generic: { state: 'disabled' } } }),
    ).toEqual({
      operator: null,
      technology: null,
      signalPercent: null,
      state: 'disabled',
    });
    expect(() => parseModem({ modem: [] })).toThrow();
  });
});
