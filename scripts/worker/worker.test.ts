import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheKey, hashRecipe, RECIPE } from './cache.mjs';
import { runsHere } from './ensure.mjs';

const workerBin = process.env.MEDIASOUP_WORKER_BIN;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rui-worker-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the cached worker's name", () => {
  it('differs by version, recipe and architecture', () => {
    const recipe = hashRecipe(RECIPE);
    expect(recipe).toMatch(/^[0-9a-f]{12}$/);
    const names = [
      cacheKey('3.27.1', recipe, 'x64'),
      cacheKey('3.27.2', recipe, 'x64'),
      cacheKey('3.27.1', recipe, 'arm64'),
    ];
    expect(new Set(names).size).toBe(3);
  });

  it('changes with a header of the recipe', () => {
    cpSync(path.join(RECIPE, 'CMakeLists.txt'), path.join(folder, 'CMakeLists.txt'));
    cpSync(path.join(RECIPE, 'compat'), path.join(folder, 'compat'), { recursive: true });
    expect(hashRecipe(folder)).toBe(hashRecipe(RECIPE));
    writeFileSync(path.join(folder, 'compat/srtp/srtp.h'), '// other');
    expect(hashRecipe(folder)).not.toBe(hashRecipe(RECIPE));
  });
});

describe('a worker binary', () => {
  const prove = (binary: string) =>
    spawnSync(process.execPath, [path.join(RECIPE, 'prove.mjs'), binary], {
      encoding: 'utf8',
      timeout: 30_000,
    });

  it.runIf(workerBin)('is proven by a call', () => {
    expect(runsHere(workerBin!)).toBe(true);
    expect(prove(workerBin!)).toMatchObject({ status: 0, stderr: '' });
  });

  it('fails the proof when it is no worker', () => {
    expect(runsHere('/bin/false')).toBe(false);
    const { status, stderr } = prove('/bin/false');
    expect(status).toBe(1);
    expect(stderr).toMatch(/worker proof failed/);
  });
});
