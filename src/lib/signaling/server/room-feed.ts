import type { Socket } from 'socket.io';
import { EVENT_CHANNEL, NOTICE_CHANNEL, type Notice, type RoomEvent } from '../contract/index.ts';
import type { Bus } from '../bus/index.ts';

type Held = { event: RoomEvent } | { notice: Notice };

/**
 * One socket's share of one room's events. It listens before the join is answered and holds back what comes until the
 * answer is out, so that nothing falls between the state in the answer and the first event.
 */
export class RoomFeed {
  readonly #socket: Socket;
  #held: Held[] | null = [];
  #stop: (() => void) | null = null;
  #stopped = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  async listen(bus: Bus, roomId: string): Promise<void> {
    const stop = await bus.rooms.watch(roomId, {
      onEvent: (event) => this.#onEvent(event),
      onNotice: (notice) => this.#onNotice(notice),
    });
    if (this.#stopped) stop();
    else this.#stop = stop;
  }

  #onEvent(event: RoomEvent): void {
    if (this.#held) this.#held.push({ event });
    else this.#socket.emit(EVENT_CHANNEL, event);
  }

  #onNotice(notice: Notice): void {
    if (this.#held) return void this.#held.push({ notice });
    this.#socket.emit(NOTICE_CHANNEL, notice);
    if (notice.type === 'room.dismissed') this.stop();
  }

  /** The answer, with the state up to this number, is on its way: go on from there. */
  release(stateSeq: number): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const one of held) {
      if ('notice' in one) this.#onNotice(one.notice);
      else if (one.event.seq > stateSeq) this.#onEvent(one.event);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#stop?.();
    this.#stop = null;
  }
}
