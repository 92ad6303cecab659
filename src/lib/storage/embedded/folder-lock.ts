import { createHash } from 'node:crypto';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { FolderInUseError } from './errors.ts';
import type { Log } from './log.ts';

const RETRY_MS = 100;

export interface FolderLock {
  release(): Promise<void>;
}

function addressOf(folder: string): string {
  // An abstract socket: the kernel frees it with its process, so a killed hub leaves no stale lock behind.
  return `\0rui-hub-${createHash('sha256').update(folder).digest('hex').slice(0, 40)}`;
}

function tryToHold(address: string): Promise<net.Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(String(process.pid));
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

function askHolder(address: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = net.connect(address);
    socket.setEncoding('utf8').setTimeout(500, () => socket.destroy());
    socket.on('data', (text: string) => (answer += text));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(/^\d+$/.test(answer) ? `process ${answer}` : 'another process'));
  });
}

/**
 * Holds a folder for this process. Waits a while first: after a kill or a quick restart the previous holder may
 * still be on its way out. Throws {@link FolderInUseError}.
 */
export async function lockFolder(folder: string, log: Log, waitMs = 5000): Promise<FolderLock> {
  const address = addressOf(folder);
  const deadline = Date.now() + waitMs;
  for (let said = false; ; said = true) {
    const server = await tryToHold(address);
    if (server) {
      return { release: () => new Promise((resolve) => server.close(() => resolve())) };
    }
    const holder = await askHolder(address);
    if (Date.now() >= deadline) {
      throw new FolderInUseError(
        `${folder} is in use by ${holder}. Stop that hub, or give this one a data folder of its own.`,
      );
    }
    if (!said) log.warn(`${folder} is in use by ${holder}; waiting for it to stop`);
    await delay(RETRY_MS);
  }
}
