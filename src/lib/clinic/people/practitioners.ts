import { and, arrayContains, asc, eq, isNull } from 'drizzle-orm';
import type { Principal } from '../../identity/index.ts';
import { HubError, type AccountRole, type Specialty } from '../../signaling/contract/index.ts';
import { account, department, institution, practitioner, type Database } from '../../storage/index.ts';
import { parseInput } from '../model/parse.ts';
import { introductionSchema, practitionerSchema } from '../model/people/index.ts';
import { permit } from './access.ts';
import { latinLetters, readingOf } from './readings.ts';

export interface PractitionerView {
  accountId: string;
  realName: string;
  licenceNumber: string | null;
  title: string;
  specialties: Specialty[];
  departmentId: string | null;
  departmentName: string | null;
  introduction: string | null;
  roles: AccountRole[];
  institutionId: string;
  institutionName: string;
}

export interface PractitionerFilter {
  specialty?: Specialty;
  institutionId?: string;
  role?: AccountRole;
  /** Of the name (or its sound), the title or the department. */
  text?: string;
}

const MOST_FOUND = 100;

/** What accounts are as professionals: real name, licence, title. Known to everybody who works here, as on a door. */
export class Practitioners {
  readonly #db: Database;
  readonly #now: () => number;

  constructor({ db, now }: { db: Database; now: () => number }) {
    this.#db = db;
    this.#now = now;
  }

  /**
   * By the administrator of the account's institution.
   * @throws {HubError} forbidden, invalid_message, not_found (account or department of another institution)
   */
  async describe(principal: Principal, accountId: string, input: unknown): Promise<PractitionerView> {
    const { institutionId } = permit(principal, 'practitioner.manage');
    const said = parseInput(practitionerSchema, input);
    await this.#db.transaction(async (tx) => {
      const [person] = await tx
        .select({ id: account.id })
        .from(account)
        .where(and(eq(account.id, accountId), eq(account.institutionId, institutionId)));
      if (!person) throw new HubError('not_found', 'no such account of this institution');
      if (said.departmentId !== null) {
        const [own] = await tx
          .select({ id: department.id })
          .from(department)
          .where(and(eq(department.id, said.departmentId), eq(department.institutionId, institutionId)));
        if (!own) throw new HubError('not_found', 'no such department of this institution');
      }
      const values = { ...said, updatedAt: new Date(this.#now()) };
      await tx
        .insert(practitioner)
        .values({ accountId, ...values })
        .onConflictDoUpdate({ target: practitioner.accountId, set: values });
    });
    return this.get(principal, accountId);
  }

  /** One's own words about oneself. @throws {HubError} forbidden, invalid_message, not_found (not described by the administrator yet) */
  async introduceSelf(principal: Principal, introduction: unknown): Promise<void> {
    const { accountId } = permit(principal, 'practitioner.introduce_self');
    const changed = await this.#db
      .update(practitioner)
      .set({ introduction: parseInput(introductionSchema, introduction), updatedAt: new Date(this.#now()) })
      .where(eq(practitioner.accountId, accountId))
      .returning({ id: practitioner.accountId });
    if (changed.length === 0)
      throw new HubError('not_found', 'the administrator has to enter name and licence first');
  }

  /** Also of an account that is disabled by now: what it signed stays signed. @throws {HubError} forbidden, not_found */
  async get(principal: Principal, accountId: string): Promise<PractitionerView> {
    permit(principal, 'practitioner.read');
    const [found] = await this.#select().where(eq(practitioner.accountId, accountId));
    if (!found) throw new HubError('not_found', 'no such practitioner');
    return found;
  }

  /** Whose account is open, of all institutions unless said, by institution and name; at most 100. @throws {HubError} forbidden */
  async find(principal: Principal, filter: PractitionerFilter = {}): Promise<PractitionerView[]> {
    permit(principal, 'practitioner.read');
    const { specialty, institutionId, role, text = '' } = filter;
    const found = await this.#select()
      .where(
        and(
          isNull(account.disabledAt),
          specialty && arrayContains(practitioner.specialties, [specialty]),
          institutionId === undefined ? undefined : eq(account.institutionId, institutionId),
          role && arrayContains(account.roles, [role]),
        ),
      )
      .orderBy(asc(institution.name), asc(practitioner.realName), asc(practitioner.accountId));
    return found.filter((each) => answersTo(each, text)).slice(0, MOST_FOUND);
  }

  /** Everybody of one's own institution who is described, however many and whether or not the account is open. @throws {HubError} forbidden */
  async colleagues(principal: Principal): Promise<PractitionerView[]> {
    const { institutionId } = permit(principal, 'practitioner.read');
    return this.#select()
      .where(eq(account.institutionId, institutionId))
      .orderBy(asc(practitioner.realName), asc(practitioner.accountId));
  }

  #select() {
    return this.#db
      .select({
        accountId: practitioner.accountId,
        realName: practitioner.realName,
        licenceNumber: practitioner.licenceNumber,
        title: practitioner.title,
        specialties: practitioner.specialties,
        departmentId: practitioner.departmentId,
        departmentName: department.name,
        introduction: practitioner.introduction,
        roles: account.roles,
        institutionId: account.institutionId,
        institutionName: institution.name,
      })
      .from(practitioner)
      .innerJoin(account, eq(account.id, practitioner.accountId))
      .innerJoin(institution, eq(institution.id, account.institutionId))
      .leftJoin(department, eq(department.id, practitioner.departmentId))
      .$dynamic();
  }
}

/** Doctors are thousands where patients are millions: looked through here, names are found by sound without a column for it. */
function answersTo(each: PractitionerView, text: string): boolean {
  const typed = text.normalize('NFKC').trim();
  if (typed === '') return true;
  if ([each.realName, each.title, each.departmentName ?? ''].some((words) => words.includes(typed)))
    return true;
  if (!/[a-z]/i.test(typed)) return false;
  const sound = latinLetters(typed).replaceAll(' ', '');
  const { pinyin, initials } = readingOf(each.realName);
  return pinyin.startsWith(sound) || initials.startsWith(sound);
}
