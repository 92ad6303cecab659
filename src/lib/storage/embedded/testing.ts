import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * For tests: a new data folder that the servers' own account may pass through. Without that, servers that root starts
 * would keep their data under /var/lib, where a test does not clean up.
 */
export async function temporaryDataDir(): Promise<string> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'rui-test-'));
  await chmod(dataDir, 0o755);
  return dataDir;
}
