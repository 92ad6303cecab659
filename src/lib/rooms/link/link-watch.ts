import type { HomeRoom } from '../home-room.ts';
import type { MemberLink } from '../media-sessions.ts';
import type { RoomServices } from '../services.ts';
import { guarded, isRed, UNKNOWN_LINK, type LinkGuard, type LinkSample } from './link-guard.ts';

/** As long as a picture may stand still. */
const LOOK_EVERY_MS = 500;
/** Whether somebody operates in the room is asked, and how the link is said again, so often: a word may have been lost. */
const ASK_EVERY_MS = 5_000;

type WatchedRoom = Pick<HomeRoom, 'roomId' | 'state'> & {
  media: { linkOf(memberId: string): Promise<MemberLink | null> };
};

/**
 * Watches the link over which an operation is led, at the room's home: by what the SFU itself measures, so that a surgeon who has lost it need
 * not be able to say so.
 */
export class LinkWatch {
  readonly #room: WatchedRoom;
  readonly #services: Pick<RoomServices, 'cases' | 'log'>;
  readonly #timer: NodeJS.Timeout | null;
  #looking = false;
  #askedAtMs = -Infinity;
  #saidAtMs = -Infinity;
  #remote: readonly string[] | null = null;
  /** Both ends have been seen; from then on, whatever is missing is missed. */
  #seen = false;
  #guard: LinkGuard = UNKNOWN_LINK;
  readonly #moved = new Map<string, { bytes: number; atMs: number }>();

  constructor(room: WatchedRoom, services: Pick<RoomServices, 'cases' | 'log'>) {
    this.#room = room;
    this.#services = services;
    const mayBeLedFromAfar = room.state.kind === 'surgery';
    this.#timer = mayBeLedFromAfar ? setInterval(() => void this.look(Date.now()), LOOK_EVERY_MS) : null;
    this.#timer?.unref();
  }

  /** One look; while one runs, another is none. Never throws. */
  async look(atMs: number): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#look(atMs);
    } catch (err) {
      // Media or database are away for the moment; the next look will tell.
      this.#services.log.warn({ roomId: this.#room.roomId, err }, 'the link of an operation not looked at');
    } finally {
      this.#looking = false;
    }
  }

  async #look(atMs: number): Promise<void> {
    const { roomId, state } = this.#room;
    if (!this.#seen && Object.keys(state.members).length === 0) return;
    if (atMs - this.#askedAtMs >= ASK_EVERY_MS) {
      this.#askedAtMs = atMs;
      this.#remote = (await this.#services.cases.operatingOver(roomId))?.remoteMemberIds ?? null;
      if (!this.#remote) this.#forget();
    }
    if (!this.#remote) return;
    const sample = await this.#measure(this.#remote, atMs);
    if (sample) this.#seen = true;
    if (!this.#seen) return;
    const before = this.#guard.link;
    this.#guard = guarded(this.#guard, !sample || isRed(sample), atMs);
    const { link } = this.#guard;
    if (link === null || (link === before && atMs - this.#saidAtMs < ASK_EVERY_MS)) return;
    await this.#services.cases.linkIs(roomId, link);
    this.#saidAtMs = atMs;
  }

  #forget(): void {
    this.#seen = false;
    this.#guard = UNKNOWN_LINK;
    this.#moved.clear();
  }

  /** Null when one end is not there. */
  async #measure(remote: readonly string[], atMs: number): Promise<LinkSample | null> {
    const { state, media } = this.#room;
    const pictures = Object.values(state.feeds).filter(
      ({ streamClass, paused, memberId }) =>
        streamClass === 'clinical' && !paused && !remote.includes(memberId),
    );
    const linksOf = async (memberIds: Iterable<string>) =>
      new Map(await Promise.all([...memberIds].map(async (id) => [id, await media.linkOf(id)] as const)));
    const surgeons = await linksOf(remote.filter((memberId) => state.members[memberId]));
    const theatre = await linksOf(new Set(pictures.map(({ memberId }) => memberId)));
    // The best of several surgeons, and of several pictures: one that is gone stops nobody while another is there.
    const surgeonSilentMs = Math.min(
      ...[...surgeons].flatMap(([id, link]) => (link ? [this.#silentMs(id, link.receivedBytes, atMs)] : [])),
    );
    const pictureSilentMs = Math.min(
      ...pictures.flatMap(({ feedId, memberId }) => {
        const bytes = theatre.get(memberId)?.bytesOfFeed.get(feedId);
        return bytes === undefined ? [] : [this.#silentMs(feedId, bytes, atMs)];
      }),
    );
    if (!Number.isFinite(surgeonSilentMs + pictureSilentMs)) return null;
    return { rttMs: longest(surgeons) + longest(theatre), pictureSilentMs, surgeonSilentMs };
  }

  #silentMs(memberId: string, bytes: number, atMs: number): number {
    const before = this.#moved.get(memberId);
    if (before?.bytes === bytes) return atMs - before.atMs;
    this.#moved.set(memberId, { bytes, atMs });
    return 0;
  }

  close(): void {
    if (this.#timer) clearInterval(this.#timer);
  }
}

const longest = (links: ReadonlyMap<string, MemberLink | null>): number =>
  Math.max(0, ...[...links.values()].map((link) => link?.rttMs ?? 0));
