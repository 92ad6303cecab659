import { existsSync, readFileSync, readdirSync, realpathSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import path from 'node:path';

/** What is plugged in: cameras and HDMI grabbers (V4L2), sound cards (ALSA), serial ports. Read from the kernel's own lists. */
export type DeviceKind = 'camera' | 'sound-in' | 'sound-out' | 'serial';

export interface Device {
  kind: DeviceKind;
  /** Stays the same over replugging and restarts, as far as the hardware has something of its own to tell. */
  id: string;
  /** As the device names itself. */
  name: string;
  /** What opens it now: a path, or a name of ALSA. */
  address: string;
}

/** Where the kernel's lists are; a made-up tree in tests. */
export interface DeviceRoots {
  dev: string;
  sys: string;
  proc: string;
}

export const SYSTEM_ROOTS: DeviceRoots = { dev: '/dev', sys: '/sys', proc: '/proc' };

/** Not everything that comes or goes touches a folder that can be watched. */
const POLL_MS = 1_000;
/** What a plug brings appears in several steps. */
const SETTLE_MS = 50;

export type DeviceChange = { added: Device[]; removed: Device[] };

export class DeviceRegistry {
  readonly #roots: DeviceRoots;
  #known = new Map<string, Device>();
  #listeners = new Set<(change: DeviceChange) => void>();
  #watchers: FSWatcher[] = [];
  #poll: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;

  constructor(roots: DeviceRoots = SYSTEM_ROOTS) {
    this.#roots = roots;
  }

  /** What is there now. */
  scan(): Device[] {
    return [...cameras(this.#roots), ...soundCards(this.#roots), ...serialPorts(this.#roots)];
  }

  /** The device of this id, of this kind; undefined while it is not plugged in. */
  find(id: string, kind: DeviceKind): Device | undefined {
    return this.scan().find((device) => device.id === id && device.kind === kind);
  }

  /** Tells of what comes and goes; first of what is there. Returns the way out. */
  watch(listener: (change: DeviceChange) => void): () => void {
    this.#listeners.add(listener);
    if (!this.#poll) this.#begin();
    else listener({ added: [...this.#known.values()], removed: [] });
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  #begin(): void {
    const { dev } = this.#roots;
    for (const folder of [dev, path.join(dev, 'snd')]) {
      try {
        const watcher = watch(folder, () => this.#soon());
        watcher.on('error', () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // Not there, or no more watches to be had: the poll sees it all the same.
      }
    }
    this.#poll = setInterval(() => this.#look(), POLL_MS);
    this.#look();
  }

  #soon(): void {
    this.#settle ??= setTimeout(() => {
      this.#settle = undefined;
      this.#look();
    }, SETTLE_MS);
  }

  #look(): void {
    if (!this.#poll) return;
    const now = new Map(this.scan().map((device) => [`${device.kind} ${device.id}`, device]));
    const added = [...now].filter(([key]) => !this.#known.has(key)).map(([, device]) => device);
    const removed = [...this.#known].filter(([key]) => !now.has(key)).map(([, device]) => device);
    this.#known = now;
    if (added.length + removed.length === 0) return;
    for (const listener of this.#listeners) listener({ added, removed });
  }

  close(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    clearInterval(this.#poll);
    clearTimeout(this.#settle);
    this.#poll = undefined;
    this.#settle = undefined;
    this.#listeners.clear();
    this.#known.clear();
  }
}

const listed = (folder: string): string[] => {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
};
const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
};
const targetOf = (link: string): string | undefined => {
  try {
    return realpathSync(link);
  } catch {
    return undefined;
  }
};
/** Ids go into settings and over the wire: printable, and bounded. */
const cleaned = (text: string): string => text.replace(/[^\x21-\x7e]/g, '_').slice(0, 190);

/** Names that udev gave to nodes, the speaking one first; none where udev is not. */
function linksTo(folders: string[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const folder of folders) {
    for (const name of listed(folder)) {
      const target = targetOf(path.join(folder, name));
      if (target !== undefined && !names.has(target)) names.set(target, name);
    }
  }
  return names;
}

/** A path through the hubs and ports of the machine: stable as long as the device stays in its socket. */
function busPath(sys: string, deviceLink: string): string | undefined {
  const target = targetOf(deviceLink);
  return target === undefined
    ? undefined
    : `at-${path.relative(realpathSync(sys), target).replaceAll('/', '.')}`;
}

function cameras({ dev, sys }: DeviceRoots): Device[] {
  const folder = path.join(sys, 'class/video4linux');
  const links = linksTo([path.join(dev, 'v4l/by-id'), path.join(dev, 'v4l/by-path')]);
  const found: Device[] = [];
  for (const node of listed(folder).filter((name) => /^video\d+$/.test(name))) {
    const address = path.join(dev, node);
    // Index 0 captures; a camera's further nodes carry metadata.
    if (textOf(path.join(folder, node, 'index')) !== '0' || !existsSync(address)) continue;
    const stable =
      links.get(targetOf(address) ?? '') ?? busPath(sys, path.join(folder, node, 'device')) ?? node;
    const name = textOf(path.join(folder, node, 'name')) || node;
    found.push({ kind: 'camera', id: `v4l2:${cleaned(stable)}`, name, address });
  }
  return found;
}

/** A line of /proc/asound/pcm: `01-00: USB Audio : USB Audio : playback 1 : capture 1`. */
const PCM_LINE = /^(\d+)-(\d+): (.*)$/;

function soundCards({ dev, proc }: DeviceRoots): Device[] {
  const links = linksTo([path.join(dev, 'snd/by-id'), path.join(dev, 'snd/by-path')]);
  const found: Device[] = [];
  for (const line of textOf(path.join(proc, 'asound/pcm')).split('\n')) {
    const [, card, device, rest] = PCM_LINE.exec(line) ?? [];
    if (card === undefined || device === undefined || rest === undefined) continue;
    const cardId = textOf(path.join(proc, `asound/card${Number(card)}/id`));
    if (cardId === '') continue;
    const stable = links.get(targetOf(path.join(dev, `snd/controlC${Number(card)}`)) ?? '') ?? cardId;
    const fields = rest.split(':').map((field) => field.trim());
    const common = {
      id: `alsa:${cleaned(stable)},${Number(device)}`,
      name: fields[1] || fields[0] || cardId,
      // `plughw` converts what the card cannot do itself: rate, channels, sample format.
      address: `plughw:CARD=${cardId},DEV=${Number(device)}`,
    };
    if (fields.some((field) => field.startsWith('capture'))) found.push({ kind: 'sound-in', ...common });
    if (fields.some((field) => field.startsWith('playback'))) found.push({ kind: 'sound-out', ...common });
  }
  return found;
}

function serialPorts({ dev }: DeviceRoots): Device[] {
  const folder = path.join(dev, 'serial/by-id');
  return listed(folder)
    .map((name) => ({ name, address: path.join(folder, name) }))
    .filter(({ address }) => existsSync(address))
    .map(({ name, address }) => ({ kind: 'serial', id: `serial:${cleaned(name)}`, name, address }));
}
