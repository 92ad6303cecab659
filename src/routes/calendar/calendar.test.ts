import ical from 'node-ical';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClinicWorld, type ClinicWorld } from '../../lib/clinic/testing/clinic-world.ts';
import { GET } from './[token]/+server.ts';

let world: ClinicWorld;
beforeAll(async () => {
  world = await startClinicWorld();
});
afterAll(() => world.stop());

const get = async (token: string): Promise<Response> =>
  GET({ params: { token }, locals: { hub: { clinic: world.clinic } } } as never);

it('answers with the calendar behind a secret, with or without the ending of a file, and with 404 to all else', async () => {
  const token = await world.clinic.time.feeds.renew(world.person('specialist', 'city'));
  for (const address of [token, `${token}.ics`]) {
    const response = await get(address);
    expect(response.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(ical.sync.parseICS(await response.text()).vcalendar).toMatchObject({ method: 'PUBLISH' });
  }
  for (const wrong of ['nothing', `${token}x`, '', '.ics'])
    await expect(get(wrong)).rejects.toMatchObject({ status: 404 });
});
