import type { CaseLinks, Principal } from '../../identity/index.ts';
import { HubError, type CaseActor } from '../../signaling/contract/index.ts';
import { z } from 'zod';
import type { Cases } from '../cases/cases.ts';
import { parseInput } from '../model/parse.ts';

/** Who hands a link to a patient: whoever looks after the case at the institution that owns it, and its doctors. */
const HAND_OUT: readonly CaseActor[] = [
  'requester',
  'home:nurse',
  'home:rural_doctor',
  'home:specialist',
  'home:dispatcher',
  'as:clinic_doctor',
  'as:local_doctor',
];
/** Ours: from ten minutes, for somebody in the waiting room, to a quarter of a year, for a follow-up. */
const validMinutesSchema = z
  .int()
  .min(10)
  .max(90 * 24 * 60);

/** Links by which a patient's phone comes into one case. */
export class PatientLinks {
  readonly #cases: Pick<Cases, 'look'>;
  readonly #links: Pick<CaseLinks, 'create' | 'revoke'>;

  constructor(cases: Pick<Cases, 'look'>, links: Pick<CaseLinks, 'create' | 'revoke'>) {
    this.#cases = cases;
    this.#links = links;
  }

  /**
   * The token is shown once. An earlier link of the case ends: the phone is lost, or somebody else's.
   * @throws {HubError} not_found, forbidden, invalid_message
   */
  async create(
    principal: Principal,
    caseId: string,
    validMinutes: unknown,
  ): Promise<{ token: string; expiresAtMs: number }> {
    const createdBy = await this.#handsOut(principal, caseId);
    const minutes = parseInput(validMinutesSchema, validMinutes);
    return this.#links.create({ caseId, createdBy, validMinutes: minutes });
  }

  /** @throws {HubError} not_found, forbidden */
  async revoke(principal: Principal, caseId: string): Promise<void> {
    await this.#handsOut(principal, caseId);
    await this.#links.revoke(caseId);
  }

  async #handsOut(principal: Principal, caseId: string): Promise<string> {
    const { actors } = await this.#cases.look(principal, caseId);
    if (principal.kind !== 'account' || !HAND_OUT.some((actor) => actors.has(actor)))
      throw new HubError('forbidden');
    return principal.accountId;
  }
}
