import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createIdentity,
  type AccountPrincipal,
  type BoxPrincipal,
  type Identity,
} from '../identity/index.ts';
import { account, boxHealth, institution } from '../storage/index.ts';
import { startTestDatabase, type TestDatabase } from '../storage/testing/test-database.ts';
import { Fleet } from './fleet.ts';
import { aConfig, aReport } from './testing.ts';

let database: TestDatabase;
let identity: Identity;
let fleet: Fleet;
let folder: string;
let nowMs = Date.UTC(2026, 10, 25, 3);
let woken: string[] = [];
let released: string[] = [];
let box: BoxPrincipal;

const admin: AccountPrincipal = {
  kind: 'account',
  principalId: 'a_admin',
  accountId: 'admin',
  name: '管理员',
  roles: ['administrator'],
  institutionId: 'county',
};
const stranger = { ...admin, institutionId: 'city' };

beforeAll(async () => {
  database = await startTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'rui-packages-'));
  const log = pino({ level: 'silent' });
  identity = createIdentity({ db: database.db, log, now: () => nowMs });
  fleet = new Fleet({
    db: database.db,
    bus: { notifyPrincipal: (principalId) => woken.push(principalId) },
    identity,
    releaseBox: async (boxId) => void released.push(boxId),
    packagesDir: folder,
    log,
    now: () => nowMs,
  });
  await database.db.insert(institution).values([
    { id: 'county', name: '云岭县人民医院' },
    { id: 'city', name: '上海示范医院' },
  ]);
  await database.db.insert(account).values({
    id: 'admin',
    username: 'admin',
    displayName: '管理员',
    passwordHash: 'none',
    roles: ['administrator'],
    institutionId: 'county',
  });
});
afterAll(async () => {
  fleet?.close();
  identity?.close();
  await database?.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  const { boxId } = await identity.boxes.createEnrolmentCode({ institutionId: 'county', name: '盒子' });
  await database.db.execute(
    sql`UPDATE box SET status = 'enrolled', public_key = ${boxId}, enrolled_at = now() WHERE id = ${boxId}`,
  );
  box = { kind: 'box', principalId: `b_${boxId}`, boxId, name: '盒子', institutionId: 'county' };
  woken = [];
  released = [];
});

const runs = (version: number, trial = false) =>
  aReport({ config: { version, trial, failed: null, own: null } });
const newest = async () => (await fleet.find(admin, box.boxId)).configs[0];

describe('the configuration of a box', () => {
  it('is handed to the box that reports another version, until it says that it runs it', async () => {
    const version = await fleet.configure(admin, box.boxId, aConfig());
    expect(woken).toEqual([box.principalId]);
    expect((await fleet.report(box, runs(0))).config).toEqual({ version, document: aConfig() });
    expect((await fleet.report(box, runs(version, true))).config).toBeNull();
    expect((await newest())?.outcome).toBe('waiting');
    await fleet.report(box, runs(version));
    expect(await newest()).toMatchObject({ version, outcome: 'applied', author: '管理员' });
  });

  it('that failed is not pushed again, but shown with the reason of the box', async () => {
    const version = await fleet.configure(admin, box.boxId, aConfig());
    const failed = { version, outcome: 'rolled_back' as const, reason: 'no picture from probe' };
    const wishes = await fleet.report(
      box,
      aReport({ config: { version: 0, trial: false, failed, own: null } }),
    );
    expect(wishes.config).toBeNull();
    expect(await newest()).toMatchObject({ outcome: 'rolled_back', reason: 'no picture from probe' });
    expect(await fleet.find(admin, box.boxId)).toMatchObject({
      state: 'care',
      troubles: ['config_rolled_back'],
    });
    expect((await fleet.report(box, runs(0))).config).toBeNull();
  });

  it('can go back to any earlier version, as a new one', async () => {
    const first = await fleet.configure(admin, box.boxId, aConfig({ updateChannel: 'beta' }));
    const second = await fleet.configure(admin, box.boxId, aConfig());
    await fleet.report(box, runs(second));
    const third = await fleet.restoreConfig(admin, box.boxId, first);
    expect((await fleet.report(box, runs(second))).config).toEqual({
      version: third,
      document: aConfig({ updateChannel: 'beta' }),
    });
    const { configs } = await fleet.find(admin, box.boxId);
    expect(configs.map(({ version, outcome, restoredFrom }) => [version, outcome, restoredFrom])).toEqual([
      [third, 'waiting', first],
      [second, 'applied', null],
      [first, 'replaced', null],
    ]);
    await expect(fleet.restoreConfig(admin, box.boxId, 99)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('comes back to a box that was set up anew: the last one that worked', async () => {
    const good = await fleet.configure(admin, box.boxId, aConfig());
    await fleet.report(box, runs(good));
    const bad = await fleet.configure(admin, box.boxId, aConfig({ updateChannel: 'none' }));
    const failed = { version: bad, outcome: 'refused' as const, reason: 'x' };
    await fleet.report(box, aReport({ config: { version: good, trial: false, failed, own: null } }));
    expect((await fleet.report(box, runs(0))).config?.version).toBe(good);
  });

  it('is changed from what the box runs: its own settings, then the version that works; lists hold no document', async () => {
    const changed = async () => (await fleet.configToChange(admin, box.boxId)).document;
    expect(await changed()).toBeNull();
    const own = aConfig({ updateChannel: 'beta' });
    await fleet.report(box, aReport({ config: { version: 0, trial: false, failed: null, own } }));
    expect(await changed()).toEqual(own);
    const version = await fleet.configure(admin, box.boxId, aConfig());
    expect(await changed()).toEqual(own);
    await fleet.report(box, runs(version));
    expect(await changed()).toEqual(aConfig());
    const { configs, report } = await fleet.find(admin, box.boxId);
    expect(JSON.stringify([configs, report])).not.toContain('sector-scan');
  });

  it('gets two versions from two administrators at once', async () => {
    const versions = await Promise.all([1, 2, 3].map(() => fleet.configure(admin, box.boxId, aConfig())));
    expect(new Set(versions).size).toBe(3);
  });
});

describe('what a box is to whom', () => {
  it('is ready, then offline when it is not heard', async () => {
    await fleet.report(box, aReport());
    const state = async () => (await fleet.find(admin, box.boxId)).state;
    expect(await state()).toBe('ready');
    nowMs += 31_000;
    expect(await state()).toBe('offline');
    await fleet.report(box, aReport({ serving: true }));
    expect(await state()).toBe('busy');
  });

  it('does not exist for another institution, nor for somebody who may not manage boxes', async () => {
    const doctor: AccountPrincipal = { ...admin, roles: ['rural_doctor'] };
    const tries = (who: AccountPrincipal) => [
      () => fleet.find(who, box.boxId),
      () => fleet.history(who, box.boxId, 'day'),
      () => fleet.configToChange(who, box.boxId),
      () => fleet.configure(who, box.boxId, aConfig()),
      () => fleet.restoreConfig(who, box.boxId, 1),
      () => fleet.rename(who, box.boxId, 'x'),
      () => fleet.move(who, box.boxId, 'city'),
      () => fleet.revoke(who, box.boxId),
      () => fleet.newCode(who, box.boxId),
      () => fleet.askForLog(who, box.boxId),
      () => fleet.readLog(who, box.boxId, 'l_1234'),
      () => fleet.update(who, box.boxId, '1.0.0'),
    ];
    for (const one of tries(stranger)) await expect(one()).rejects.toMatchObject({ code: 'not_found' });
    for (const one of tries(doctor)) await expect(one()).rejects.toMatchObject({ code: 'forbidden' });
    expect(woken).toEqual([]);
    expect(released).toEqual([]);
  });

  it('keeps its key when it moves; its connections and its room end', async () => {
    const ended: string[] = [];
    identity.onRevoked((principalId) => ended.push(principalId));
    await fleet.move(admin, box.boxId, 'city');
    expect(ended).toContain(box.principalId);
    expect(released).toEqual([box.boxId]);
    expect(await fleet.find(stranger, box.boxId)).toMatchObject({
      status: 'enrolled',
      institutionId: 'city',
    });
    await expect(fleet.find(admin, box.boxId)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('can be renamed, revoked, and given a new code unless it was revoked', async () => {
    await fleet.rename(admin, box.boxId, '青山乡 超声室');
    expect((await fleet.newCode(admin, box.boxId)).code).toMatch(/^.{5}-.{5}$/);
    expect((await fleet.find(admin, box.boxId)).name).toBe('青山乡 超声室');
    await fleet.revoke(admin, box.boxId);
    expect((await fleet.find(admin, box.boxId)).state).toBe('revoked');
    await expect(fleet.newCode(admin, box.boxId)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('the history', () => {
  it('has every report for a day and means of five minutes for a month', async () => {
    const startMs = nowMs;
    nowMs = Math.ceil(nowMs / 300_000) * 300_000;
    for (const cpuPercent of [10, 30]) {
      await fleet.report(box, aReport({ cpuPercent, temperatureC: null }));
      nowMs += 150_000;
    }
    await fleet.report(box, aReport({ cpuPercent: 90 }));
    await fleet.condense();
    const month = await fleet.history(admin, box.boxId, 'month');
    expect(month.map(({ cpuPercent, temperatureC }) => [cpuPercent, temperatureC])).toEqual([[20, null]]);
    const hour = await fleet.history(admin, box.boxId, 'hour');
    expect(hour.map(({ cpuPercent }) => cpuPercent)).toEqual([10, 30, 90]);
    nowMs += 25 * 3600_000;
    await fleet.condense();
    expect(
      await database.db
        .select()
        .from(boxHealth)
        .where(sql`box_id = ${box.boxId} and step_s = 10`),
    ).toEqual([]);
    nowMs += 31 * 24 * 3600_000;
    await fleet.condense();
    expect(
      await database.db
        .select()
        .from(boxHealth)
        .where(sql`box_id = ${box.boxId}`),
    ).toEqual([]);
    nowMs = startMs + 3600_000;
  });
});

describe('the log', () => {
  it('is sent only by the box that was asked, once', async () => {
    await fleet.askForLog(admin, box.boxId);
    const { logBundleId } = await fleet.report(box, aReport());
    await expect(fleet.takeLog({ ...box, boxId: 'other' }, logBundleId!, 'x')).rejects.toMatchObject({
      code: 'not_found',
    });
    await fleet.takeLog(box, logBundleId!, 'a line');
    await expect(fleet.takeLog(box, logBundleId!, 'again')).rejects.toMatchObject({ code: 'not_found' });
    expect(await fleet.readLog(admin, box.boxId, logBundleId!)).toBe('a line');
    expect((await fleet.report(box, aReport())).logBundleId).toBeNull();
  });
});

describe('an update', () => {
  const offer = async (version: string, channel: string) => {
    const manifest = {
      version,
      sha256: 'a'.repeat(64),
      sizeBytes: 3,
      channel,
      minVersion: '0.0.1',
      expiresAtMs: 9e15,
    };
    const payload = Buffer.from(JSON.stringify(manifest)).toString('base64url');
    await writeFile(
      path.join(folder, `${version}.json`),
      JSON.stringify({ payload, signature: 'A'.repeat(86) }),
    );
    await writeFile(path.join(folder, `${version}.tar.gz`), 'abc');
    return payload;
  };

  it('is offered by channel, handed over as signed, and asked for until it is there or has failed', async () => {
    const payload = await offer('1.0.0', 'stable');
    await offer('1.1.0', 'beta');
    await writeFile(path.join(folder, '9.9.9.json'), '{"half": ');
    const { updates } = await fleet.find(admin, box.boxId);
    expect(updates).toEqual([{ version: '1.0.0', channel: 'stable' }]);
    await expect(fleet.update(admin, box.boxId, '1.1.0')).rejects.toMatchObject({ code: 'not_found' });
    await fleet.update(admin, box.boxId, '1.0.0');
    expect((await fleet.report(box, aReport())).update?.payload).toBe(payload);
    const refused = { version: '1.0.0', state: 'refused' as const, reason: 'wrong signature' };
    expect((await fleet.report(box, aReport({ update: refused }))).update).toBeNull();
    expect((await fleet.report(box, aReport())).update).toBeNull();
  });

  it('never leaves its folder', async () => {
    for (const version of ['../secret', '..', '1.0.0/../x', ''])
      await expect(fleet.packages.find(version)).rejects.toMatchObject({ code: 'not_found' });
  });
});
