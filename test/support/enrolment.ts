import type { HubProcess } from './hub-process.ts';

/** A code with which a new box of that name enrols, as an administrator makes one. */
export async function enrolmentCode(hub: HubProcess, name: string): Promise<string> {
  const login = await fetch(`${hub.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: hub.url },
    body: JSON.stringify({ username: 'admin', password: await hub.demoPassword() }),
  });
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
  const answer = await fetch(`${hub.url}/admin/boxes?/code`, {
    method: 'POST',
    headers: { cookie, origin: hub.url, accept: 'application/json', 'x-sveltekit-action': 'true' },
    body: new URLSearchParams({ name }),
  });
  return /[0-9A-Z]{5}-[0-9A-Z]{5}/.exec(await answer.text())?.[0] ?? '';
}
