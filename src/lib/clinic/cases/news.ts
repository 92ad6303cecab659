import { and, arrayOverlaps, eq, isNull, or } from 'drizzle-orm';
import { accountPrincipalId, patientPrincipalId } from '../../identity/index.ts';
import type { Bus } from '../../signaling/bus/index.ts';
import type { AccountRole, CaseKind } from '../../signaling/contract/index.ts';
import { account, caseLink, caseParticipant, type Database } from '../../storage/index.ts';
import type { Workflow } from '../model/workflow.ts';
import type { CaseRow } from './effects.ts';

/** Tells everybody who may read a case that something happened in it. A courtesy: pages also ask by themselves. */
export class CaseNews {
  readonly #db: Database;
  readonly #bus: Pick<Bus, 'notifyPrincipal'>;
  readonly #workflows: Readonly<Record<CaseKind, Workflow>>;

  constructor(
    db: Database,
    bus: Pick<Bus, 'notifyPrincipal'>,
    workflows: Readonly<Record<CaseKind, Workflow>>,
  ) {
    this.#db = db;
    this.#bus = bus;
    this.#workflows = workflows;
  }

  /** Never throws. */
  changed(row: CaseRow): void {
    void this.#tell(row).catch(() => undefined);
  }

  async #tell(row: CaseRow): Promise<void> {
    const data = { caseId: row.id, kind: row.kind, state: row.state, version: row.version };
    const [people, phones] = await Promise.all([this.#readers(row), this.#phones(row)]);
    for (const principalId of [...[...people].map(accountPrincipalId), ...phones])
      this.#bus.notifyPrincipal(principalId, { type: 'case.changed', data });
  }

  /** The patient, if a link lets a phone into the case. */
  async #phones({ id, patientId }: CaseRow): Promise<string[]> {
    const [link] = await this.#db
      .select({ id: caseLink.id })
      .from(caseLink)
      .where(and(eq(caseLink.caseId, id), isNull(caseLink.revokedAt)))
      .limit(1);
    return link ? [patientPrincipalId(patientId)] : [];
  }

  async #readers(row: CaseRow): Promise<Set<string>> {
    const { visibleTo } = this.#workflows[row.kind];
    const rolesOf = (prefix: string): AccountRole[] =>
      visibleTo.flatMap((actor) => {
        const [where, role] = actor.split(':');
        return where === prefix ? [role as AccountRole] : [];
      });
    const [anywhere, atHome, asGuest] = [rolesOf('role'), rolesOf('home'), rolesOf('guest')];
    const byOneRole = or(
      anywhere.length > 0 ? arrayOverlaps(account.roles, anywhere) : undefined,
      atHome.length > 0
        ? and(eq(account.institutionId, row.institutionId), arrayOverlaps(account.roles, atHome))
        : undefined,
      asGuest.length > 0 && row.guestInstitutionId !== null
        ? and(eq(account.institutionId, row.guestInstitutionId), arrayOverlaps(account.roles, asGuest))
        : undefined,
    );
    const [byRole, participants] = await Promise.all([
      byOneRole
        ? this.#db
            .select({ accountId: account.id })
            .from(account)
            .where(and(isNull(account.disabledAt), byOneRole))
        : [],
      this.#db
        .select({ accountId: caseParticipant.accountId })
        .from(caseParticipant)
        .where(eq(caseParticipant.caseId, row.id)),
    ]);
    const people = new Set([...byRole, ...participants].map(({ accountId }) => accountId));
    if (row.requestedBy) people.add(row.requestedBy);
    return people;
  }
}
