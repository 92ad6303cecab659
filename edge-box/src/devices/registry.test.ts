import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeviceRegistry } from './registry.ts';
import type { Device, DeviceChange } from './registry.ts';

/** The border that cannot be crossed here: no device is plugged in, so the kernel's lists are made up, file for file. */
class FakeMachine {
  readonly root = mkdtempSync(path.join(os.tmpdir(), 'rui-devices-'));
  readonly roots = {
    dev: path.join(this.root, 'dev'),
    sys: path.join(this.root, 'sys'),
    proc: path.join(this.root, 'proc'),
  };

  constructor() {
    for (const folder of ['dev/snd', 'sys/class/video4linux', 'proc/asound']) {
      mkdirSync(path.join(this.root, folder), { recursive: true });
    }
  }

  write(file: string, text: string): void {
    const full = path.join(this.root, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  link(file: string, target: string): void {
    const full = path.join(this.root, file);
    mkdirSync(path.dirname(full), { recursive: true });
    symlinkSync(target, full);
  }

  camera(node: string, name: string, { index = 0, byId = '', port = '1-2' } = {}): void {
    const bus = `sys/devices/pci0000:00/usb1/${port}/${port}:1.0`;
    mkdirSync(path.join(this.root, bus), { recursive: true });
    this.write(`sys/class/video4linux/${node}/name`, `${name}\n`);
    this.write(`sys/class/video4linux/${node}/index`, `${index}\n`);
    this.link(`sys/class/video4linux/${node}/device`, path.join(this.root, bus));
    this.write(`dev/${node}`, '');
    if (byId !== '') this.link(`dev/v4l/by-id/${byId}`, `../../${node}`);
  }

  unplugCamera(node: string, byId: string): void {
    rmSync(path.join(this.root, `sys/class/video4linux/${node}`), { recursive: true });
    rmSync(path.join(this.root, `dev/v4l/by-id/${byId}`));
    rmSync(path.join(this.root, `dev/${node}`));
  }
}

let machine: FakeMachine;
let registry: DeviceRegistry;
beforeEach(() => {
  machine = new FakeMachine();
  registry = new DeviceRegistry(machine.roots);
});
afterEach(() => {
  registry.close();
  rmSync(machine.root, { recursive: true });
});

describe('device registry', () => {
  it('finds cameras and grabbers by what is theirs, and leaves out their metadata nodes', () => {
    machine.camera('video0', 'Magewell HDMI', { byId: 'usb-Magewell_HDMI_A1-video-index0' });
    machine.camera('video1', 'Magewell HDMI', { index: 1, byId: 'usb-Magewell_HDMI_A1-video-index1' });
    machine.camera('video2', '无名 Camera', { port: '1-4' });
    expect(registry.scan()).toEqual<Device[]>([
      {
        kind: 'camera',
        id: 'v4l2:usb-Magewell_HDMI_A1-video-index0',
        name: 'Magewell HDMI',
        address: path.join(machine.root, 'dev/video0'),
      },
      {
        kind: 'camera',
        id: 'v4l2:at-devices.pci0000:00.usb1.1-4.1-4:1.0',
        name: '无名 Camera',
        address: path.join(machine.root, 'dev/video2'),
      },
    ]);
  });

  it('keeps the id of a device that comes back as another node', () => {
    machine.camera('video0', 'Scope', { byId: 'usb-Scope-video-index0' });
    const [before] = registry.scan();
    machine.unplugCamera('video0', 'usb-Scope-video-index0');
    expect(registry.find(before?.id ?? '', 'camera')).toBeUndefined();
    machine.camera('video7', 'Scope', { byId: 'usb-Scope-video-index0' });
    const after = registry.find(before?.id ?? '', 'camera');
    expect(after?.address).toBe(path.join(machine.root, 'dev/video7'));
  });

  it('finds sound cards, and what each can do', () => {
    machine.write(
      'proc/asound/pcm',
      [
        '00-00: ALC3246 Analog : ALC3246 Analog : playback 1 : capture 1',
        '01-00: USB Audio : USB Mic : capture 1',
        'nonsense',
      ].join('\n'),
    );
    machine.write('proc/asound/card0/id', 'PCH\n');
    machine.write('proc/asound/card1/id', 'Mic\n');
    machine.write('dev/snd/controlC1', '');
    machine.link('dev/snd/by-id/usb-Mic_9-00', '../controlC1');
    expect(registry.scan().map(({ kind, id, address }) => [kind, id, address])).toEqual([
      ['sound-in', 'alsa:PCH,0', 'plughw:CARD=PCH,DEV=0'],
      ['sound-out', 'alsa:PCH,0', 'plughw:CARD=PCH,DEV=0'],
      ['sound-in', 'alsa:usb-Mic_9-00,0', 'plughw:CARD=Mic,DEV=0'],
    ]);
  });

  it('finds serial ports', () => {
    machine.write('dev/ttyUSB0', '');
    machine.link('dev/serial/by-id/usb-FTDI_1-if00-port0', '../../ttyUSB0');
    expect(registry.scan()).toMatchObject([{ kind: 'serial', id: 'serial:usb-FTDI_1-if00-port0' }]);
  });

  it('is empty and calm on a machine without any of it', () => {
    rmSync(machine.root, { recursive: true });
    expect(registry.scan()).toEqual([]);
    mkdirSync(machine.root);
  });

  it('tells of what comes and goes', async () => {
    machine.camera('video0', 'Room', { byId: 'usb-Room-video-index0' });
    const changes: DeviceChange[] = [];
    const unwatch = registry.watch((change) => changes.push(change));
    expect(changes).toMatchObject([{ added: [{ name: 'Room' }], removed: [] }]);
    machine.camera('video2', 'Scope', { byId: 'usb-Scope-video-index0', port: '1-3' });
    await vi.waitFor(
      () => expect(changes.at(-1)).toMatchObject({ added: [{ name: 'Scope' }], removed: [] }),
      {
        timeout: 5_000,
      },
    );
    machine.unplugCamera('video0', 'usb-Room-video-index0');
    await vi.waitFor(() => expect(changes.at(-1)).toMatchObject({ added: [], removed: [{ name: 'Room' }] }), {
      timeout: 5_000,
    });
    unwatch();
  });
});
