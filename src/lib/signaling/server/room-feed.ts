import type { Socket } from 'socket.io';
import { EVENT_CHANNEL, NOTICE_CHANNEL, type Notice, type RoomEvent } from '../contract/index.ts';
import type { Bus } from '../bus/index.ts';

/**
 * One socket's share of one room's events. It listens before the join is answered and holds back what comes until the
 * answer is out, so that nothing falls between the state in the answer and the first event.
 */
export class RoomFeed {
  readonly #socket: Socket;
  #held: RoomEvent[] | null = [];
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
    if (this.#held) this.#held.push(event);
    else this.#socket.emit(EVENT_CHANNEL, event);
  }

  #onNotice(notice: Notice): void {
    if (!this.#held) this.#socket.emit(NOTICE_CHANNEL, notice);
  }

  /** The answer, with the state up to this number, is on its way: go on from there. */
  release(stateSeq: number): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const event of held) if (event.seq > stateSeq) this.#socket.emit(EVENT_CHANNEL, event);
  }

  stop(): void {
    this.#stopped = true;
    this.#stop?.();
    this.#stop = null;
  }
}
