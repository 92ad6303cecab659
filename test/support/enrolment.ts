import type { HubProcess } from './hub-process.ts';

/** An administrator at the pages' actions, without a browser. */
export class Administrator {
  readonly #hub: HubProcess;
  readonly cookie: string;

  private constructor(hub: HubProcess, cookie: string) {
    this.#hub = hub;
    this.cookie = cookie;
  }

  static async logIn(hub: HubProcess): Promise<Administrator> {
    const login = await fetch(`${hub.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: hub.url },
      body: JSON.stringify({ username: 'admin', password: await hub.demoPassword() }),
    });
    const cookie = login.headers.get('set-cookie')?.split(';')[0];
    if (!cookie) throw new Error(`the administrator cannot log in: ${login.status}`);
    return new Administrator(hub, cookie);
  }

  /** An action of a page; its answer as text. */
  async act(page: string, action: string, fields: Record<string, string>): Promise<string> {
    const response = await fetch(`${this.#hub.url}${page}?/${action}`, {
      method: 'POST',
      headers: {
        cookie: this.cookie,
        origin: this.#hub.url,
        accept: 'application/json',
        'x-sveltekit-action': 'true',
      },
      body: new URLSearchParams(fields),
    });
    return response.text();
  }

  /** A code with which a new box of that name enrols. */
  async enrolmentCode(name: string): Promise<string> {
    const answer = await this.act('/admin/boxes', 'code', { name });
    const code = /[0-9A-Z]{5}-[0-9A-Z]{5}/.exec(answer)?.[0];
    if (!code) throw new Error(`no code: ${answer}`);
    return code;
  }
}

/** As an administrator makes one. */
export async function enrolmentCode(hub: HubProcess, name: string): Promise<string> {
  return (await Administrator.logIn(hub)).enrolmentCode(name);
}
