import type { AccountPrincipal } from '$lib/identity/principal.ts';
import type { AccountRole } from '$lib/signaling/contract/index.ts';

const DOCTORS: readonly AccountRole[] = ['rural_doctor', 'specialist', 'surgeon'];
/** Who keeps the calendars of colleagues, as the hub has it. */
const KEEPERS: readonly AccountRole[] = ['dispatcher', 'administrator'];

interface Doctor {
  accountId: string;
  name: string;
}

/** Doctors of the person's institution, and for which of them the person may add times. */
export async function doctorsFor(
  { identity }: App.Locals['hub'],
  person: AccountPrincipal,
): Promise<{ doctors: Doctor[]; extraFor: Doctor[] }> {
  const accounts = await identity.accounts.list();
  const doctors = accounts
    .filter(
      ({ institutionId, roles }) =>
        institutionId === person.institutionId && roles.some((role) => DOCTORS.includes(role)),
    )
    .map(({ accountId, name }) => ({ accountId, name }));
  const keeps = person.roles.some((role) => KEEPERS.includes(role));
  return { doctors, extraFor: doctors.filter(({ accountId }) => keeps || accountId === person.accountId) };
}
