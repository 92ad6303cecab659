import type { Producer } from 'mediasoup-client/types';
import { HubError, type ErrorCode } from '../../signaling/contract/index.ts';
import { ignoreGone } from './gone.ts';
import { keepResolution, publishOptions, type MediaClass } from './publish-options.ts';
import type { Signals } from './signals.ts';
import type { PublishNotes, TransportLink } from './transport-link.ts';

const REFUSALS = new Set<ErrorCode>(['forbidden', 'invalid_message', 'unsupported_media', 'room_full']);

export interface PublishRequest {
  slot: string;
  track: MediaStreamTrack;
  streamClass: MediaClass;
  label: string;
  paused: boolean;
}

interface Published extends PublishRequest {
  producer: Producer | null;
  notes: PublishNotes | null;
}

/**
 * What one member publishes, slot by slot. The wish outlives its producer, so that `produceAll` can make everything
 * anew. Its steps must come one after the other; the session sees to that.
 */
export class Publisher {
  readonly #signals: Signals;
  readonly #link: () => Promise<TransportLink>;
  readonly #published = new Map<string, Published>();

  constructor(options: { signals: Signals; link: () => Promise<TransportLink> }) {
    this.#signals = options.signals;
    this.#link = options.link;
  }

  /** Publishes under the slot, or changes what is published there. */
  async publish(request: PublishRequest): Promise<void> {
    const before = this.#published.get(request.slot);
    if (before?.producer && before.streamClass === request.streamClass && before.label === request.label) {
      await this.#replace(before, request.track);
      await this.#pause(before, request.paused);
      return;
    }
    if (before) await this.#withdraw(before);
    const slot: Published = { ...request, producer: null, notes: null };
    this.#published.set(request.slot, slot);
    try {
      await this.#produce(slot);
    } catch (error) {
      // A path or session that broke meanwhile is made anew by a rebuild, which publishes this too.
      if (isRefusal(error) && this.#published.get(request.slot) === slot)
        this.#published.delete(request.slot);
      throw error;
    }
  }

  async unpublish(slot: string): Promise<void> {
    const published = this.#published.get(slot);
    if (published) await this.#withdraw(published);
  }

  async setPaused(slot: string, paused: boolean): Promise<void> {
    const published = this.#published.get(slot);
    if (published) await this.#pause(published, paused);
  }

  pausedByHub(slot: string): void {
    const published = this.#published.get(slot);
    if (!published) return;
    published.paused = true;
    published.producer?.pause();
  }

  async replaceTrack(slot: string, track: MediaStreamTrack): Promise<void> {
    const published = this.#published.get(slot);
    if (published) await this.#replace(published, track);
  }

  /** All wishes anew, over a new transport; one promise for each. */
  produceAll(): Promise<void>[] {
    return [...this.#published.values()].map((slot) => this.#produce(slot));
  }

  /** The transport is gone, and with it every producer; the wishes stay. */
  dropped(): void {
    for (const slot of this.#published.values()) {
      slot.producer = null;
      slot.notes = null;
    }
  }

  clear(): void {
    this.#published.clear();
  }

  async #produce(slot: Published): Promise<void> {
    const { transport } = await this.#link();
    if (slot.track.readyState === 'ended') return; // The device is gone; its owner unpublishes.
    const { hint, keepResolution: keep, ...options } = publishOptions(slot.streamClass);
    slot.track.contentHint = hint;
    const notes: PublishNotes = {
      slot: slot.slot,
      streamClass: slot.streamClass,
      label: slot.label,
      paused: slot.paused,
    };
    const producer = await transport.produce({
      ...options,
      track: slot.track,
      stopTracks: false,
      appData: notes as unknown as Record<string, unknown>,
    });
    if (this.#published.get(slot.slot) !== slot) {
      producer.close();
      return;
    }
    slot.producer = producer;
    // mediasoup-client copies nothing: the hub's feed id is in the notes that went along.
    slot.notes = notes;
    if (slot.paused) producer.pause();
    if (keep) await keepResolution(producer.rtpSender);
  }

  async #withdraw(slot: Published): Promise<void> {
    this.#published.delete(slot.slot);
    slot.producer?.close();
    if (slot.notes?.feedId)
      await this.#signals('media.closeFeed', { feedId: slot.notes.feedId }).catch(ignoreGone);
  }

  async #pause(slot: Published, paused: boolean): Promise<void> {
    if (slot.paused === paused && slot.producer?.paused === paused) return;
    slot.paused = paused;
    // Silent here at once; heard again only when the hub has agreed.
    if (paused) slot.producer?.pause();
    if (slot.notes?.feedId) {
      await this.#signals('media.pauseFeed', { feedId: slot.notes.feedId, paused });
    }
    if (!paused && !slot.paused) slot.producer?.resume();
  }

  async #replace(slot: Published, track: MediaStreamTrack): Promise<void> {
    if (slot.track === track) return;
    slot.track = track;
    track.contentHint = publishOptions(slot.streamClass).hint;
    await slot.producer?.replaceTrack({ track });
  }
}

/** The hub will not have it, now or later. */
function isRefusal(error: unknown): boolean {
  return error instanceof HubError && REFUSALS.has(error.code);
}
