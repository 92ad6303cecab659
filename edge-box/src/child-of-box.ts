import process from 'node:process';
import { reasonOf } from './log.ts';

/** Gone at once: an orderly exit runs the finalisers of native libraries, which can crash. */
const quit = (): never => process.kill(process.pid, 'SIGKILL') as never;

export interface BoxParent<Out> {
  send(message: Out): void;
  /** Tells why, as far as it can still be told, and ends this process. */
  fail(error: unknown): void;
}

/**
 * How a process of native code lives under the box's main process: it is told what to do over Node's channel, ends with its parent, and an
 * error that nobody caught ends it, too, so that the parent starts it again.
 */
export function underBox<In, Out>(
  onMessage: (message: In) => void,
  failed: (reason: string) => Out,
): BoxParent<Out> {
  const fail = (error: unknown): void => {
    if (!process.connected) quit();
    process.send?.(failed(reasonOf(error)), () => quit());
  };
  process.on('message', (message: In) => {
    try {
      onMessage(message);
    } catch (error) {
      fail(error);
    }
  });
  process.on('uncaughtException', fail);
  process.on('disconnect', quit);
  // Ctrl-C reaches the whole group; the main process decides the order.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', quit);
  return {
    send: (message) => {
      if (process.connected) process.send?.(message);
    },
    fail,
  };
}
