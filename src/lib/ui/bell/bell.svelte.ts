import type { NotificationView } from '../../clinic/reminders/index.ts';
import { askHub } from '../shell/ask-hub.ts';

/** What `/me/notifications` answers. */
export interface Bell {
  unread: number;
  /** The newest first. */
  list: NotificationView[];
  nowMs: number;
}

const ADDRESS = '/me/notifications';

/** What stands under the bell of this person, as far as this window knows. */
export class BellState {
  current = $state.raw<Bell | null>(null);
  /** The last time that it asked there was no answer; what stands there may be old. */
  hasFailed = $state(false);
  /** One after another: what was just marked as read must not come back by an answer from before. */
  #before: Promise<void> = Promise.resolve();

  refresh(): Promise<void> {
    return this.#ask();
  }

  markRead(read: string[] | 'all'): Promise<void> {
    return this.#ask({ read });
  }

  #ask(body?: object): Promise<void> {
    this.#before = this.#before.then(async () => {
      try {
        this.current = await askHub<Bell>(ADDRESS, body ? { body } : {});
        this.hasFailed = false;
      } catch {
        this.hasFailed = true;
      }
    });
    return this.#before;
  }
}
