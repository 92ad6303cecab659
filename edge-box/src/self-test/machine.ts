import { statfs } from 'node:fs/promises';

const HUB_LIMIT_MS = 3_000;

/** What the box may still write to this folder's disk. */
export async function freeDiskBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Whether the hub answers at all: certificate, name and route included. */
export async function isHubReachable(hubUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL('/healthz', hubUrl), { signal: AbortSignal.timeout(HUB_LIMIT_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
