import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { copySources } from '../scripts/box/build.mjs';
import { publicKeyOf, signBox } from '../scripts/box/sign.mjs';
import { PROJECT } from '../scripts/setup/paths.mjs';
import { startDemoHub } from './support/demo-hub.ts';
import { Administrator } from './support/enrolment.ts';
import type { HubProcess } from './support/hub-process.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const FEEDS = JSON.stringify({ video: [], audio: null, vitalsSlot: null });
const PATIENCE = { timeout: 60_000, interval: 250 };

let hub: HubProcess;
let folder: string;
let administrator: Administrator;
let boxId: string;
let supervisor: Supervisor;

/** What systemd is on a real box: starts the launcher again whenever it ends. */
class Supervisor {
  readonly #environment: Record<string, string>;
  #child: ChildProcess | null = null;
  #stopped = false;
  output = '';

  constructor(environment: Record<string, string>) {
    this.#environment = environment;
    this.#start();
  }

  #start(): void {
    const child = spawn(process.execPath, [path.join(folder, 'installed/launch.mjs')], {
      env: { ...process.env, ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.once('exit', () => !this.#stopped && this.#start());
  }

  stop(): void {
    this.#stopped = true;
    this.#child?.kill('SIGKILL');
  }
}

/** A box of a version: our sources, the packages borrowed. */
async function makeBox(version: string, out: string, main?: string): Promise<void> {
  copySources(out, version);
  await symlink(path.join(PROJECT, 'node_modules'), path.join(out, 'node_modules'));
  if (main) await writeFile(path.join(out, 'edge-box/src/main.ts'), main);
}

async function publish(version: string, main?: string): Promise<string> {
  const built = path.join(folder, `tree-${version}`);
  await makeBox(version, built, main);
  const out = path.join(folder, 'packages');
  signBox({ built, out, key: privateKey, version, channel: 'stable', minVersion: '0.0.0', validDays: 1 });
  return path.join(out, `${version}.tar.gz`);
}

/** The page of the box, as the administrator's browser gets it. */
async function page(): Promise<string> {
  return (
    await fetch(`${hub.url}/admin/boxes/${boxId}`, { headers: { cookie: administrator.cookie } })
  ).text();
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rui-updates-'));
  await mkdir(path.join(folder, 'packages'));
  hub = await startDemoHub({ DEMO_BOX: '0', BOX_PACKAGES_DIR: path.join(folder, 'packages') });
  administrator = await Administrator.logIn(hub);
  const code = await administrator.enrolmentCode('盒子');
  await makeBox('0.2.0', path.join(folder, 'installed/app'));
  await writeFile(
    path.join(folder, 'installed/launch.mjs'),
    await readFile(path.join(PROJECT, 'edge-box/install/launch.mjs')),
  );
  supervisor = new Supervisor({
    HUB_URL: hub.url,
    ENROL_CODE: code,
    FEEDS,
    BOX_DATA_DIR: path.join(folder, 'data'),
    UPDATE_PUBLIC_KEY: publicKeyOf(privateKey),
  });
  await vi.waitFor(async () => {
    const enrolment: unknown = JSON.parse(await readFile(path.join(folder, 'data/enrolment.json'), 'utf8'));
    boxId = (enrolment as { boxId: string }).boxId;
    expect(await page()).toContain('0.2.0');
  }, PATIENCE);
});
afterAll(async () => {
  supervisor?.stop();
  await hub?.stop();
  await rm(folder, { recursive: true, force: true });
});

const current = () => readlink(path.join(folder, 'data/app/current')).catch(() => null);
const update = (version: string) => administrator.act(`/admin/boxes/${boxId}`, 'update', { version });

it(
  'a box brings itself up to date, refuses what was tampered with, and comes back from a version that does not work',
  { timeout: 200_000 },
  async () => {
    await publish('0.3.0');
    expect(await update('0.3.0')).toContain('success');
    await vi.waitFor(async () => expect(await page()).toMatch(/0\.3\.0[^<]*已安装/), PATIENCE);
    expect(await current()).toBe('0.3.0');

    const archive = await publish('0.4.0');
    const bytes = await readFile(archive);
    bytes[bytes.length - 9] = bytes[bytes.length - 9]! ^ 1;
    await writeFile(archive, bytes);
    await update('0.4.0');
    await vi.waitFor(async () => expect(await page()).toContain('内容被改动'), PATIENCE);
    expect(await current()).toBe('0.3.0');

    await publish('0.5.0', 'process.exit(1);');
    await update('0.5.0');
    await vi.waitFor(async () => expect(await page()).toMatch(/0\.5\.0[^<]*已退回/), PATIENCE);
    expect(await current()).toBe('0.3.0');
  },
);

it('packages and logs are for enrolled boxes only', async () => {
  for (const [method, address] of [
    ['GET', '/api/box/package/0.3.0'],
    ['POST', '/api/box/log/l_12345678'],
  ] as const) {
    const stranger = await fetch(hub.url + address, {
      method,
      headers: { authorization: 'Bearer nonsense', cookie: administrator.cookie },
    });
    expect(stranger.status, address).toBe(401);
  }
});
