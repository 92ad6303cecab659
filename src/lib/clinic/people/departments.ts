import { and, asc, eq } from 'drizzle-orm';
import { newId, type Principal } from '../../identity/index.ts';
import { HubError } from '../../signaling/contract/index.ts';
import { department, isUniqueViolation, type Database } from '../../storage/index.ts';
import { parseInput } from '../model/parse.ts';
import { departmentNameSchema } from '../model/people/index.ts';
import { permit } from './access.ts';

export interface DepartmentView {
  departmentId: string;
  name: string;
}

/** 科室 of an institution. */
export class Departments {
  readonly #db: Database;
  readonly #now: () => number;

  constructor({ db, now }: { db: Database; now: () => number }) {
    this.#db = db;
    this.#now = now;
  }

  /** @throws {HubError} forbidden, invalid_message, conflict (the institution has one of this name) */
  async add(principal: Principal, name: unknown): Promise<DepartmentView> {
    const { institutionId } = permit(principal, 'department.manage');
    const added = { id: newId(), name: parseInput(departmentNameSchema, name) };
    await named(() =>
      this.#db.insert(department).values({ ...added, institutionId, createdAt: new Date(this.#now()) }),
    );
    return { departmentId: added.id, name: added.name };
  }

  /** @throws {HubError} forbidden, invalid_message, not_found, conflict */
  async rename(principal: Principal, departmentId: string, name: unknown): Promise<void> {
    const { institutionId } = permit(principal, 'department.manage');
    const renamed = await named(() =>
      this.#db
        .update(department)
        .set({ name: parseInput(departmentNameSchema, name) })
        .where(and(eq(department.id, departmentId), eq(department.institutionId, institutionId)))
        .returning({ id: department.id }),
    );
    if (renamed.length === 0) throw new HubError('not_found', 'no such department of this institution');
  }

  /** Of one's own institution unless said; which departments a hospital has is no secret. @throws {HubError} forbidden */
  async list(principal: Principal, institutionId?: string): Promise<DepartmentView[]> {
    const person = permit(principal, 'department.read');
    return this.#db
      .select({ departmentId: department.id, name: department.name })
      .from(department)
      .where(eq(department.institutionId, institutionId ?? person.institutionId))
      .orderBy(asc(department.createdAt), asc(department.id));
  }
}

async function named<T>(write: () => PromiseLike<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isUniqueViolation(error)) throw new HubError('conflict', 'there is a department of this name');
    throw error;
  }
}
