import { asc, eq, sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { guarded } from '../identity/guarded.ts';
import { boxPrincipalId } from '../identity/ids.ts';
import type { Identity } from '../identity/index.ts';
import type { AccountPrincipal, BoxPrincipal } from '../identity/principal.ts';
import type { Bus } from '../signaling/bus/index.ts';
import {
  hubCapabilitiesOf,
  HubError,
  type BoxConfig,
  type BoxReport,
  type BoxWishes,
  type HealthRange,
} from '../signaling/contract/index.ts';
import { box, boxStatus, institution, type Database } from '../storage/index.ts';
import { createConfigs, type ConfigVersion } from './configs.ts';
import { createHealth, type HealthPoint } from './health.ts';
import { createLogs, type LogBundle } from './logs.ts';
import { Packages } from './packages.ts';
import { Roster, type FleetBox } from './roster.ts';

const CONDENSE_EVERY_MS = 5 * 60_000;

export interface FleetBoxDetail extends FleetBox {
  /** Without the documents: they hold passwords of cameras, and only the form needs one. */
  configs: Omit<ConfigVersion, 'document'>[];
  logs: LogBundle[];
  /** Newest first: what this box could take. */
  updates: { version: string; channel: string }[];
}

interface FleetParts {
  db: Database;
  bus: Pick<Bus, 'notifyPrincipal'>;
  identity: Pick<Identity, 'boxes'>;
  /** Takes a box out of the room that it serves, and tells those in it. */
  releaseBox(boxId: string): Promise<void>;
  packagesDir: string;
  log: Logger;
  /** Hub time in ms. */
  now?: () => number;
}

/**
 * The boxes as an administrator sees and steers them. Whoever asks may manage the boxes of the own institution only; a box of another
 * one does not exist for them.
 */
export class Fleet {
  readonly #parts: FleetParts;
  readonly #now: () => number;
  readonly #roster: Roster;
  readonly #configs: ReturnType<typeof createConfigs>;
  readonly #health: ReturnType<typeof createHealth>;
  readonly #logs: ReturnType<typeof createLogs>;
  readonly packages: Packages;
  readonly #condenseTimer: NodeJS.Timeout;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
    this.#configs = createConfigs(parts.db, this.#now);
    this.#roster = new Roster({
      db: parts.db,
      boxes: parts.identity.boxes,
      configs: this.#configs,
      now: this.#now,
    });
    this.#health = createHealth(parts.db, this.#now);
    this.#logs = createLogs(parts.db, this.#now);
    this.packages = new Packages(parts.packagesDir);
    this.#condenseTimer = setInterval(() => {
      this.condense().catch((error: unknown) =>
        parts.log.warn({ err: error }, 'health history not condensed this time'),
      );
    }, CONDENSE_EVERY_MS);
    this.#condenseTimer.unref();
  }

  /** Makes the coarse history and forgets what is too old; happens by itself now and then. */
  condense(): Promise<void> {
    return this.#health.condense();
  }

  /** A box says how it is; the answer is what is wanted of it. */
  readonly report = guarded((from: BoxPrincipal, report: BoxReport) => this.#report(from, report));

  async #report({ boxId }: BoxPrincipal, report: BoxReport): Promise<BoxWishes> {
    const { db } = this.#parts;
    const reportedAt = new Date(this.#now());
    const [status] = await db
      .insert(boxStatus)
      .values({ boxId, report, reportedAt })
      .onConflictDoUpdate({ target: boxStatus.boxId, set: { report, reportedAt } })
      .returning({ updateWanted: boxStatus.updateWanted });
    await db.update(box).set({ lastSeenAt: reportedAt }).where(eq(box.id, boxId));
    await this.#health.record(boxId, report);
    return {
      config: await this.#configs.follow(boxId, report.config),
      logBundleId: await this.#logs.wanted(boxId),
      update: await this.#updateFor(boxId, report, status?.updateWanted ?? null),
    };
  }

  async #updateFor(boxId: string, report: BoxReport, wanted: string | null): Promise<BoxWishes['update']> {
    if (!wanted) return null;
    const { update } = report;
    const over =
      wanted === report.appVersion ||
      (update?.version === wanted && (update.state === 'refused' || update.state === 'rolled_back'));
    if (over) {
      await this.#wantUpdate(boxId, null);
      return null;
    }
    return this.packages.find(wanted).then(
      ({ signed }) => signed,
      () => null,
    );
  }

  /** A log that a box was asked for. @throws {HubError} not_found */
  readonly takeLog = guarded(({ boxId }: BoxPrincipal, logId: string, content: string) =>
    this.#logs.take(boxId, logId, content),
  );

  readonly list = guarded((admin: AccountPrincipal): Promise<FleetBox[]> => {
    mayManage(admin);
    return this.#roster.list(admin.institutionId);
  });

  /** @throws {HubError} not_found */
  async find(admin: AccountPrincipal, boxId: string): Promise<FleetBoxDetail> {
    const found = await this.#own(admin, boxId);
    const configs = await this.#configs.list(boxId);
    const channels = channelsOf(found.report, configs);
    const offered = await this.packages.list();
    return {
      ...found,
      configs: configs.map(({ document: _, ...config }) => config),
      logs: await this.#logs.list(boxId),
      updates: offered
        .filter(({ manifest }) => channels.includes(manifest.channel))
        .map(({ manifest: { version, channel } }) => ({ version, channel })),
    };
  }

  /**
   * What a change of the configuration starts from: what the box runs, not what it failed to run; null for one that never said.
   * @throws {HubError} not_found
   */
  async configToChange(
    admin: AccountPrincipal,
    boxId: string,
  ): Promise<{ name: string; document: BoxConfig | null }> {
    const { name, report } = await this.#own(admin, boxId);
    const configs = await this.#configs.list(boxId);
    const running = configs.find(({ version }) => version === report?.config.version);
    const own = running ? null : await this.#roster.ownSettings(boxId);
    return { name, document: running?.document ?? own ?? configs[0]?.document ?? null };
  }

  async history(admin: AccountPrincipal, boxId: string, range: HealthRange): Promise<HealthPoint[]> {
    await this.#own(admin, boxId);
    return this.#health.history(boxId, range);
  }

  /** Writes a new configuration and tells the box. Answers its version. */
  async configure(admin: AccountPrincipal, boxId: string, document: BoxConfig): Promise<number> {
    await this.#own(admin, boxId);
    const version = await this.#configs.save(boxId, document, admin.accountId);
    this.#wake(boxId);
    return version;
  }

  /** Makes an earlier version the newest again. @throws {HubError} not_found */
  async restoreConfig(admin: AccountPrincipal, boxId: string, version: number): Promise<number> {
    await this.#own(admin, boxId);
    const restored = await this.#configs.restore(boxId, version, admin.accountId);
    this.#wake(boxId);
    return restored;
  }

  async askForLog(admin: AccountPrincipal, boxId: string): Promise<void> {
    await this.#own(admin, boxId);
    await this.#logs.ask(boxId, admin.accountId);
    this.#wake(boxId);
  }

  async readLog(admin: AccountPrincipal, boxId: string, logId: string): Promise<string> {
    await this.#own(admin, boxId);
    return this.#logs.read(boxId, logId);
  }

  /** @throws {HubError} not_found */
  async update(admin: AccountPrincipal, boxId: string, version: string): Promise<void> {
    const { updates } = await this.find(admin, boxId);
    if (!updates.some((offered) => offered.version === version))
      throw new HubError('not_found', 'no such package in the channel of this box');
    await this.#wantUpdate(boxId, version);
    this.#wake(boxId);
  }

  async #wantUpdate(boxId: string, updateWanted: string | null): Promise<void> {
    await this.#parts.db
      .insert(boxStatus)
      .values({ boxId, updateWanted })
      .onConflictDoUpdate({ target: boxStatus.boxId, set: { updateWanted } });
  }

  async rename(admin: AccountPrincipal, boxId: string, name: string): Promise<void> {
    await this.#own(admin, boxId);
    await this.#parts.identity.boxes.rename(boxId, name);
  }

  /** Its key stays; what it serves in the old institution ends, and so does every connection. */
  async move(admin: AccountPrincipal, boxId: string, institutionId: string): Promise<void> {
    await this.#own(admin, boxId);
    const there = await this.institutions();
    if (!there.some((each) => each.institutionId === institutionId))
      throw new HubError('not_found', 'no such institution');
    await this.#parts.releaseBox(boxId);
    await this.#parts.identity.boxes.move(boxId, institutionId);
  }

  async revoke(admin: AccountPrincipal, boxId: string): Promise<void> {
    await this.#own(admin, boxId);
    await this.#parts.identity.boxes.revoke(boxId);
    await this.#parts.releaseBox(boxId);
  }

  /** @throws {HubError} conflict for a revoked box. */
  async newCode(admin: AccountPrincipal, boxId: string): Promise<{ code: string; expiresAtMs: number }> {
    await this.#own(admin, boxId);
    return this.#parts.identity.boxes.newCode(boxId);
  }

  async institutions(): Promise<{ institutionId: string; name: string }[]> {
    return this.#parts.db
      .select({ institutionId: institution.id, name: institution.name })
      .from(institution)
      .orderBy(asc(sql`${institution.name}`));
  }

  async #own(admin: AccountPrincipal, boxId: string): Promise<FleetBox> {
    const found = (await this.list(admin)).find((each) => each.boxId === boxId);
    if (!found) throw new HubError('not_found', 'no such box in your institution');
    return found;
  }

  #wake(boxId: string): void {
    this.#parts.bus.notifyPrincipal(boxPrincipalId(boxId), { type: 'box.wanted', data: {} });
  }

  close(): void {
    clearInterval(this.#condenseTimer);
  }
}

function mayManage(admin: AccountPrincipal): void {
  if (!hubCapabilitiesOf('account', admin.roles).has('box.manage')) throw new HubError('forbidden');
}

/** Beta boxes may take stable packages too; without a configuration a box is stable. */
function channelsOf(report: BoxReport | null, configs: ConfigVersion[]): string[] {
  const running = configs.find(({ version }) => version === report?.config.version);
  const channel = running?.document.updateChannel ?? 'stable';
  return { none: [], stable: ['stable'], beta: ['stable', 'beta'] }[channel];
}
