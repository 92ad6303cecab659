import { randomUUID } from 'node:crypto';
import type { KeepOutcome } from '../signaling/contract/index.ts';
import type { RoomServices } from './services.ts';

/** A box waits up to four seconds for its device; a caller at another node hears nothing after eight. */
const ANSWER_WITHIN_MS = 6_000;

interface Asked {
  askId: string;
  memberId: string;
  outcome: Promise<KeepOutcome>;
  settle: (outcome: KeepOutcome) => void;
}

/** The pictures that the boxes of one room were asked to keep and have not answered yet: one a feed, whoever asked. */
export class PictureAsks {
  readonly #roomId: string;
  readonly #services: Pick<RoomServices, 'bus'>;
  readonly #byFeed = new Map<string, Asked>();

  constructor(roomId: string, services: Pick<RoomServices, 'bus'>) {
    this.#roomId = roomId;
    this.#services = services;
  }

  ask({ feedId, memberId, slot }: { feedId: string; memberId: string; slot: string }): Promise<KeepOutcome> {
    const under = this.#byFeed.get(feedId);
    if (under) return under.outcome;
    const { promise: outcome, resolve } = Promise.withResolvers<KeepOutcome>();
    const timer = setTimeout(() => asked.settle('no-answer'), ANSWER_WITHIN_MS);
    const asked: Asked = {
      askId: randomUUID(),
      memberId,
      outcome,
      settle: (said) => {
        clearTimeout(timer);
        this.#byFeed.delete(feedId);
        resolve(said);
      },
    };
    this.#byFeed.set(feedId, asked);
    const data = { roomId: this.#roomId, askId: asked.askId, slot };
    this.#services.bus.notifyPrincipal(memberId, { type: 'box.keepPicture', data });
    return outcome;
  }

  /** False when this member was not asked that, or has been waited for too long. */
  answered(memberId: string, askId: string, outcome: KeepOutcome): boolean {
    const asked = [...this.#byFeed.values()].find((one) => one.askId === askId && one.memberId === memberId);
    asked?.settle(outcome);
    return asked !== undefined;
  }
}
