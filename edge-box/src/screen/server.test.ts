import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandRefused } from './commands.ts';
import type { Command, CommandAnswer } from './commands.ts';
import { ScreenServer } from './server.ts';
import type { ScreenState } from './state.ts';

let screen: ScreenServer;
let obeyed: Command[];
let refusal: CommandRefused | null;
let answer: CommandAnswer;
beforeEach(async () => {
  obeyed = [];
  refusal = null;
  answer = {};
  const obey = (command: Command): CommandAnswer => {
    if (refusal) throw refusal;
    obeyed.push(command);
    return answer;
  };
  screen = await ScreenServer.start({ port: 0, obey, log: () => undefined });
});
afterEach(() => screen.close());

interface Answer {
  status: number;
  body: string;
  headers: NodeJS.Dict<string | string[]>;
}

/** Not by `fetch`, which does not let one lie about the host. */
function ask(
  method: string,
  path: string,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: screen.port, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }),
      );
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

async function pageHeaders(): Promise<Record<string, string>> {
  const { body } = await ask('GET', '/');
  const token = /name="screen-token" content="([^"]+)"/.exec(body)?.[1] ?? '';
  return { origin: `http://127.0.0.1:${screen.port}`, 'x-screen-token': token };
}

describe("the screen's server", () => {
  it('serves a page that fetches nothing from elsewhere, its types taken out', async () => {
    const page = await ask('GET', '/');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
    for (const path of ['/main.ts', '/view.ts', '/words.ts', '/style.css']) {
      const file = await ask('GET', path);
      expect(file.status, path).toBe(200);
      expect(file.body, path).not.toMatch(/https?:|import type|: string\b/);
    }
    for (const path of ['/../server.ts', '/server.ts', '/%2e%2e/main.ts'])
      expect((await ask('GET', path)).status).toBe(404);
  });

  it('does not answer under a foreign name, nor to a foreign page', async () => {
    for (const host of ['evil.example', `evil.example:${screen.port}`, '127.0.0.1:1'])
      expect((await ask('GET', '/', { headers: { host } })).status, host).toBe(421);
    const own = await pageHeaders();
    const body = '{"type":"call"}';
    const foreign = { ...own, origin: 'http://evil.example' };
    expect((await ask('POST', '/command', { headers: foreign, body })).status).toBe(403);
    expect((await ask('GET', '/state', { headers: { origin: 'null' } })).status).toBe(403);
    expect(obeyed).toEqual([]);
  });

  it('takes commands only with its own token, and only those it knows', async () => {
    const own = await pageHeaders();
    const { origin = '' } = own;
    const post = (body: string, headers: Record<string, string> = own) =>
      ask('POST', '/command', { headers, body });
    expect((await post('{"type":"call"}', { origin })).status).toBe(403);
    expect((await post('{"type":"call"}', { origin, 'x-screen-token': 'x' })).status).toBe(403);
    expect((await post('{"type":"call"}', { 'x-screen-token': own['x-screen-token'] ?? '' })).status).toBe(
      403,
    );
    for (const wrong of [
      '',
      'nonsense',
      '{"type":"nothing"}',
      '{"type":"privacy"}',
      '{"type":"mute","on":"yes"}',
      '{"type":"call","more":1}',
      '{"type":"keep-picture"}',
      '{"type":"keep-picture","slot":"Not A Slot"}',
      '{"type":"confirm-patient","patient":{"maskedName":"a","maskedId":"b"},"laterality":"unset"}',
    ])
      expect((await post(wrong)).status, wrong).toBe(400);
    expect((await post(`{"type":"call","more":"${'x'.repeat(2000)}"}`)).status).toBe(413);
    expect((await ask('GET', '/command', { headers: own })).status).toBe(405);
    expect(obeyed).toEqual([]);
    expect((await post('{"type":"privacy","on":true}')).status).toBe(200);
    expect(obeyed).toEqual([{ type: 'privacy', on: true }]);
    answer = { waiting: 3 };
    expect(await post('{"type":"keep-picture","slot":"probe"}')).toMatchObject({
      status: 200,
      body: '{"ok":true,"waiting":3}',
    });
    refusal = new CommandRefused('offline');
    expect(await post('{"type":"call"}')).toMatchObject({
      status: 409,
      body: '{"ok":false,"code":"offline"}',
    });
  });

  it('tells each page the state as it is, and as it changes', async () => {
    const show = (boxName: string) => screen.show({ boxName } as ScreenState);
    show('one');
    const response = await fetch(`http://127.0.0.1:${screen.port}/state`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    const hear = async (text: string): Promise<void> => {
      while (!heard.includes(text)) heard += (await reader?.read())?.value ?? '';
    };
    await hear('"one"');
    show('one');
    show('two');
    await hear('"two"');
    expect(heard.match(/data:/g)?.length).toBe(2);
    await reader?.cancel();
  });
});
