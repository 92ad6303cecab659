import type { ActiveSpeakerObserver, Producer } from 'mediasoup/types';

/** Follows who speaks; null again once the voice that led is closed or paused. */
export class SpeakerWatch {
  readonly #observer: ActiveSpeakerObserver;
  readonly #onChange: (sessionId: string | null) => void;
  readonly #sessionOf = new Map<string, string>();
  #leading: string | null = null;

  constructor(observer: ActiveSpeakerObserver, onChange: (sessionId: string | null) => void) {
    this.#observer = observer;
    this.#onChange = onChange;
    observer.on('dominantspeaker', ({ producer }) => this.#lead(producer.id));
  }

  async add(sessionId: string, producer: Producer): Promise<void> {
    this.#sessionOf.set(producer.id, sessionId);
    producer.observer.once('close', () => {
      this.#sessionOf.delete(producer.id);
      this.#silent(producer.id);
    });
    producer.observer.on('pause', () => this.#silent(producer.id));
    await this.#observer.addProducer({ producerId: producer.id });
  }

  #lead(producerId: string): void {
    const sessionId = this.#sessionOf.get(producerId);
    if (!sessionId || this.#leading === producerId) return;
    this.#leading = producerId;
    this.#onChange(sessionId);
  }

  #silent(producerId: string): void {
    if (this.#leading !== producerId) return;
    this.#leading = null;
    if (!this.#observer.closed) this.#onChange(null);
  }
}
