import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AccountPrincipal } from '../../src/lib/identity/index.ts';
import { Dice } from '../support/dice.ts';
import { startLocalHub, type LocalHub } from '../support/hub-in-process.ts';
import { fragment, ICE, offer, VP8, type OfferParts } from '../support/offers.ts';
import { Stage } from '../support/stage.ts';
import { FRAGMENT, StreamCaller, type Ask } from '../support/stream-caller.ts';

const FUZZ_ROUNDS = 150;
const OTHER_ICE: [string, string] = ['wxyz', 'zYxWvUtSrQpOnMlKjIhGfEdC'];

let local: LocalHub;
let second: LocalHub;
let stage: Stage;
let caller: StreamCaller;
let keyId: string;

beforeAll(async () => {
  local = await startLocalHub({
    MEDIA_WORKERS: '1',
    ICE_SERVERS: 'stun:stun.example.org:3478,turn:turn.example.org?transport=udp',
    TURN_USERNAME: 'rui',
    TURN_CREDENTIAL: 'secret',
  });
  const { postgres, redis } = local.hub.inside;
  second = await startLocalHub({
    MEDIA_WORKERS: '1',
    NODE_ID: 'node-second',
    DATABASE_URL: postgres!.url,
    REDIS_URL: redis!.url,
  });
  stage = await Stage.open(local.hub);
  await stage.enter('specialist');
  caller = new StreamCaller(local);
  await useNewKey();
});
afterAll(async () => {
  await second?.close();
  await local?.close();
});

async function newKey(
  access: 'publish' | 'view',
  target: { roomId: string } | { boxId: string } = { roomId: stage.roomId },
) {
  const { institutionId, accountId } = stage.as('specialist') as AccountPrincipal;
  return local.hub.identity.streamKeys.create({
    name: '腹腔镜',
    access,
    pictureClass: access === 'publish' ? 'clinical' : null,
    target,
    validDays: 1,
    institutionId,
    createdBy: accountId,
  });
}

async function useNewKey(): Promise<void> {
  const made = await newKey('publish');
  caller.token = made.token;
  ({ keyId } = made);
}

const ask = (what: Ask) => caller.ask(what);
const publish = (parts: OfferParts = {}, headers: Ask['headers'] = {}) =>
  ask({ body: offer(parts), headers });
async function opened(headers: Ask['headers'] = {}, hub = local) {
  const made = await ask({ body: offer(), headers, hub });
  expect(made.status, made.text).toBe(201);
  return { ...made, id: made.headers.get('location')!.split('/')[2]!, etag: made.headers.get('etag')! };
}
const isThere = async (memberId = `w_${keyId}`) => memberId in (await stage.state()).members;

describe('a publisher’s POST', () => {
  it('answers 201 with everything that RFC 9725 asks for', async () => {
    const { headers, text, id, etag } = await opened();
    expect(headers.get('content-type')).toBe('application/sdp');
    expect(headers.get('location')).toMatch(/^\/whip\/[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{32}$/);
    expect(headers.get('location')).not.toContain(caller.token);
    expect(etag).toMatch(/^"[^"]+"$/);
    expect(headers.get('link')).toBe(
      '<stun:stun.example.org:3478>; rel="ice-server", <turn:turn.example.org?transport=udp>; rel="ice-server"; username="rui"; credential="secret"; credential-type="password"',
    );
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(text).toContain('a=ice-lite\r\n');
    expect(text).toContain('a=group:BUNDLE 0 1\r\n');
    expect(text.match(/a=setup:passive\r\n/g)).toHaveLength(2);
    expect(text.match(/a=recvonly\r\n/g)).toHaveLength(2);
    expect(text).toMatch(/a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 \d+ typ host\r\n/);
    expect(text).toMatch(/m=video 9 UDP\/TLS\/RTP\/SAVPF 96 97\r\n/);
    expect(text).toContain('a=rtcp-fb:96 transport-cc\r\n');
    expect(text).toContain('a=extmap:9 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time\r\n');
    expect((await ask({ method: 'DELETE', id })).status).toBe(200);
  });

  it('takes simulcast, one picture alone, H.264, and a client that is the DTLS server', async () => {
    const simulcast = [...VP8, 'a=rid:l send', 'a=rid:h send', 'a=simulcast:send l;h'];
    const { status, text } = await publish({ video: simulcast, setup: 'passive' });
    expect(status, text).toBe(201);
    expect(text).toContain('a=simulcast:recv l;h\r\n');
    expect(text).toContain('a=rid:l recv\r\n');
    expect(text).toContain('a=setup:active\r\n');
    const h264 = [
      'a=rtpmap:102 H264/90000',
      'a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f;sprop-parameter-sets=Z0',
    ];
    const second = await publish({ video: h264, audio: ['a=rtpmap:0 PCMU/8000'] });
    expect(second.status, second.text).toBe(201);
    expect(second.text).toMatch(/m=audio 0 /);
    expect(second.text).toContain('a=group:BUNDLE 1\r\n');
    expect(second.text).toMatch(/a=fmtp:102 [^\r]*profile-level-id=42e01f\r\n/);
    expect(second.text).not.toContain('sprop');
  });

  const bad: [string, number, () => Ask][] = [
    ['no token', 401, () => ({ body: offer(), headers: { authorization: undefined } })],
    ['a wrong token', 401, () => ({ body: offer(), headers: { authorization: 'Bearer nobody' } })],
    ['another scheme', 401, () => ({ body: offer(), headers: { authorization: `Basic ${caller.token}` } })],
    ['another type', 415, () => ({ body: offer(), headers: { 'content-type': 'application/json' } })],
    ['an answer that is not wanted', 406, () => ({ body: offer(), headers: { accept: 'text/html' } })],
    ['too much', 413, () => ({ body: offer() + 'a=x:y\r\n'.repeat(12_000) })],
    ['nothing', 400, () => ({ body: '' })],
    ['no SDP', 400, () => ({ body: '{"sdp": 1}' })],
    ['no media', 400, () => ({ body: 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n' })],
    ['no ICE', 400, () => ({ body: offer({ ice: null }) })],
    ['no fingerprint', 400, () => ({ body: offer({ fingerprint: null }) })],
    ['a broken fingerprint', 400, () => ({ body: offer({ fingerprint: 'sha-256 AB:CD' }) })],
    ['no DTLS role', 400, () => ({ body: offer({ setup: 'holdconn' }) })],
    ['one mid twice', 400, () => ({ body: offer({ mids: ['0', '0'] }) })],
    ['an SSRC twice', 400, () => ({ body: offer({ video: [...VP8, 'a=ssrc:1003 cname:c'] }) })],
    [
      'an SSRC that is too large',
      400,
      () => ({ body: offer({ video: [...VP8, 'a=ssrc:99999999999 cname:c'] }) }),
    ],
    ['no codec in common', 422, () => ({ body: offer({ video: ['a=rtpmap:99 H265/90000'], audio: [] }) })],
    ['several bundles', 422, () => ({ body: offer({ groups: ['BUNDLE 0', 'BUNDLE 1'] }) })],
    ['no bundle', 422, () => ({ body: offer({ groups: [] }) })],
    ['plain RTP', 422, () => ({ body: offer({ proto: 'RTP/AVP' }) })],
    ['RTCP apart', 422, () => ({ body: offer({ mux: false }) })],
    ['the wrong direction', 422, () => ({ body: offer({ direction: 'recvonly' }) })],
    ['ICE-lite', 422, () => ({ body: offer({ session: ['a=ice-lite'] }) })],
    ['a GET', 405, () => ({ method: 'GET' })],
    ['a PUT', 405, () => ({ method: 'PUT', body: offer() })],
  ];
  it.each(bad)('refuses %s with %i, in words', async (_what, status, request) => {
    const answer = await ask(request());
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(answer.text)).toMatchObject({ status, title: expect.stringMatching(/\w{3}/) });
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    if (status === 405) expect(answer.headers.get('allow')).toContain('POST');
  });

  it('says 403 to a viewer’s token, 409 while the box serves no room, 429 to a flood', async () => {
    const viewer = await newKey('view');
    expect((await publish({}, { authorization: `Bearer ${viewer.token}` })).status).toBe(403);
    const box = stage.as('box') as { boxId: string };
    const withBox = await newKey('publish', { boxId: box.boxId });
    const authorization = `Bearer ${withBox.token}`;
    expect((await publish({}, { authorization })).status).toBe(201);
    await stage.do('specialist', 'box.detach', { boxId: box.boxId });
    expect((await publish({}, { authorization })).status).toBe(409);
    const flood = await Promise.all(
      Array.from({ length: 80 }, () =>
        ask({ body: 'x', address: 'one', headers: { authorization: undefined } }),
      ),
    );
    expect(flood.map(({ status }) => status)).toContain(429);
    expect(flood.find(({ status }) => status === 429)!.headers.get('retry-after')).toBe('5');
  });

  it('is told by OPTIONS what to send, from any page', async () => {
    const endpoint = await ask({ method: 'OPTIONS', headers: { authorization: undefined } });
    expect(endpoint.status).toBe(200);
    expect(endpoint.headers.get('accept-post')).toBe('application/sdp');
    expect(endpoint.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS');
    const session = await ask({ method: 'OPTIONS', id: 'n_any.x', headers: { authorization: undefined } });
    expect(session.headers.get('access-control-allow-methods')).toBe('PATCH, DELETE, OPTIONS');
    expect(session.headers.get('access-control-allow-headers')).toContain('If-Match');
  });
});

describe('a session', () => {
  it('takes candidates under its entity-tag, and a new ICE session under any', async () => {
    const { id, etag } = await opened();
    const candidate = 'a=candidate:1 1 udp 2130706431 198.51.100.7 40000 typ host';
    const patch = (body: string, ifMatch?: string, more: Ask['headers'] = {}) =>
      ask({ method: 'PATCH', id, body, headers: { 'if-match': ifMatch, ...more } });
    expect((await patch(fragment(ICE, [candidate]))).status).toBe(428);
    expect((await patch(fragment(ICE, [candidate]), '"other"')).status).toBe(412);
    expect((await patch(fragment(ICE, [candidate]), `W/${etag}`)).status).toBe(412);
    expect((await patch(fragment(ICE, [candidate, 'a=end-of-candidates']), etag)).status).toBe(204);
    expect((await patch(fragment(ICE, ['a=candidate:nonsense']), etag)).status).toBe(400);
    expect((await patch('nonsense', etag)).status).toBe(400);
    expect((await patch(fragment(ICE), etag, { 'content-type': 'application/sdp' })).status).toBe(415);
    expect((await patch(fragment(ICE), etag, { authorization: undefined })).status).toBe(401);
    expect((await patch(fragment(ICE), etag, { authorization: 'Bearer other' })).status).toBe(403);

    const restarted = await patch(fragment(OTHER_ICE), '*');
    expect(restarted.status).toBe(200);
    expect(restarted.headers.get('content-type')).toBe(FRAGMENT);
    const newTag = restarted.headers.get('etag')!;
    expect(newTag).not.toBe(etag);
    expect(restarted.text).toMatch(/a=ice-ufrag:\S+\r\na=ice-pwd:\S+\r\na=candidate:/);
    expect((await patch(fragment(ICE, [candidate]), etag)).status).toBe(412);
    expect((await patch(fragment(OTHER_ICE, [candidate]), newTag)).status).toBe(204);

    for (const method of ['GET', 'POST', 'PUT']) {
      const answer = await ask({ method, id, ...(method === 'GET' ? {} : { body: 'x' }) });
      expect([method, answer.status]).toEqual([method, 405]);
    }
    expect((await ask({ method: 'PATCH', id, protocol: 'whep', body: fragment(ICE) })).status).toBe(404);
    expect((await ask({ method: 'DELETE', id })).status).toBe(200);
    expect((await patch(fragment(OTHER_ICE), newTag)).status).toBe(404);
    expect((await ask({ method: 'DELETE', id: `${id.slice(0, -4)}AAAA` })).status).toBe(404);
    expect((await ask({ method: 'DELETE', id: 'n_unknown.AAAA' })).status).toBe(404);
    expect(await isThere()).toBe(false);
  });

  it('is answered for by every node, wherever it and the home of its room are', async () => {
    const { id, etag } = await opened({}, second);
    expect(id).toMatch(/^node-second\./);
    expect(await isThere()).toBe(true);
    const patch = (body: string, ifMatch: string) =>
      ask({ method: 'PATCH', id, body, headers: { 'if-match': ifMatch } });
    expect((await patch(fragment(ICE), '"other"')).status).toBe(412);
    expect((await patch(fragment(ICE, ['a=end-of-candidates']), etag)).status).toBe(204);
    expect((await patch(fragment(OTHER_ICE), '*')).status).toBe(200);
    expect((await ask({ method: 'DELETE', id })).status).toBe(200);
    await vi.waitFor(async () => expect(await isThere()).toBe(false));
  });

  it('ends for a second one with the same token, for a host who removes it, and with its key', async () => {
    const status = async (id: string, authorization = `Bearer ${caller.token}`) =>
      (await ask({ method: 'PATCH', id, body: fragment(ICE), headers: { 'if-match': '*', authorization } }))
        .status;
    const first = await opened();
    const next = await opened();
    await vi.waitFor(async () => expect(await status(first.id)).toBe(404));
    expect(await status(next.id)).toBe(204);
    const other = await newKey('publish');
    const authorization = `Bearer ${other.token}`;
    const removed = await opened({ authorization });
    await stage.do('specialist', 'member.remove', { memberId: `w_${other.keyId}` });
    await vi.waitFor(async () => expect(await status(removed.id, authorization)).toBe(404));
    expect((await publish({}, { authorization })).status).toBe(403);
    const { institutionId } = stage.as('specialist') as AccountPrincipal;
    expect(await local.hub.identity.streamKeys.revoke(keyId, 'elsewhere')).toBe(false);
    expect(await local.hub.identity.streamKeys.revoke(keyId, institutionId)).toBe(true);
    await vi.waitFor(async () => expect(await status(next.id)).toBe(404));
    expect(await isThere()).toBe(false);
    expect((await publish()).status).toBe(401);
    await useNewKey();
  });

  it('is one at a time, however many begin at once', async () => {
    const made = await Promise.all(Array.from({ length: 6 }, () => publish()));
    const statuses = made.map(({ status }) => status);
    expect(statuses).toContain(201);
    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
    await vi.waitFor(async () => {
      const alive = await Promise.all(
        made
          .filter(({ status }) => status === 201)
          .map(({ headers }) =>
            ask({
              method: 'PATCH',
              id: headers.get('location')!.split('/')[2]!,
              body: fragment(ICE),
              headers: { 'if-match': '*' },
            }),
          ),
      );
      expect(alive.filter(({ status }) => status === 204)).toHaveLength(1);
    });
    const { feeds } = await stage.state();
    expect(Object.values(feeds).filter(({ memberId }) => memberId === `w_${keyId}`)).toHaveLength(2);
  });

  it('whose key is revoked while it begins leaves nobody behind', async () => {
    const { institutionId } = stage.as('specialist') as AccountPrincipal;
    for (let delayMs = 0; delayMs < 30; delayMs += 3) {
      const brief = await newKey('publish');
      const opening = publish({}, { authorization: `Bearer ${brief.token}` });
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await local.hub.identity.streamKeys.revoke(brief.keyId, institutionId);
      await opening;
      await vi.waitFor(async () => expect(await isThere(`w_${brief.keyId}`)).toBe(false), { timeout: 3000 });
    }
  });

  it('ends when its worker dies, and a new one finds the room again', async () => {
    const { id } = await opened();
    process.kill(local.hub.inside.media.workerPids()[0]!, 'SIGKILL');
    await vi.waitFor(
      async () =>
        expect(
          (await ask({ method: 'PATCH', id, body: fragment(ICE), headers: { 'if-match': '*' } })).status,
        ).toBe(404),
      { timeout: 5000 },
    );
    await vi.waitFor(async () => expect((await publish()).status).toBe(201), { timeout: 10_000 });
  });
});

it('a WHEP player gets 403 with a publisher’s token, 409 in an empty room, 422 where nothing fits', async () => {
  const view = await newKey('view');
  const empty = await Stage.open(local.hub);
  const elsewhere = await local.hub.identity.streamKeys.create({
    name: '示教室',
    access: 'view',
    pictureClass: null,
    target: { roomId: empty.roomId },
    validDays: 1,
    institutionId: (empty.as('specialist') as AccountPrincipal).institutionId,
    createdBy: (empty.as('specialist') as AccountPrincipal).accountId,
  });
  const see = (parts: OfferParts, { token: own }: { token: string }) =>
    ask({
      protocol: 'whep',
      body: offer({ direction: 'recvonly', ...parts }),
      headers: { authorization: `Bearer ${own}` },
    });
  expect((await see({}, caller)).status).toBe(403);
  expect((await see({}, elsewhere)).status).toBe(409);
  expect((await publish()).status).toBe(201);
  const h264 = ['a=rtpmap:102 H264/90000', 'a=fmtp:102 packetization-mode=1;profile-level-id=42e01f'];
  expect((await see({ video: h264, audio: [] }, view)).status).toBe(422);
  expect((await see({ direction: 'sendonly' }, view)).status).toBe(422);
  expect(await isThere(`w_${view.keyId}`)).toBe(false);
  const seen = await see({}, view);
  expect(seen.status, seen.text).toBe(201);
  expect(seen.text.match(/a=sendonly\r\n/g)).toHaveLength(2);
  // In the numbers of the player.
  expect(seen.text).toMatch(/m=video 9 UDP\/TLS\/RTP\/SAVPF 96\r\n/);
  expect(await isThere(`w_${view.keyId}`)).toBe(true);
});

it(`survives ${FUZZ_ROUNDS} offers and fragments with broken lines, and answers each in kind`, async () => {
  const dice = new Dice(20_261_125);
  const pieces = [
    '',
    ' ',
    '0',
    '-1',
    '99999999999',
    'a=',
    '\r\n',
    ':',
    '\u0000',
    'É',
    'a'.repeat(2000),
    '__proto__',
  ];
  const broken = (text: string): string => {
    const lines = text.split('\r\n');
    for (let cuts = 1 + dice.below(4); cuts > 0; cuts--) {
      const at = dice.below(lines.length);
      const line = lines[at]!;
      const cut = dice.below(line.length + 1);
      const edits = [
        () => lines.splice(at, 1),
        () => lines.splice(at, 0, lines[dice.below(lines.length)]!),
        () => (lines[at] = line.slice(0, cut) + dice.of(pieces) + line.slice(cut)),
        () => (lines[at] = line.slice(0, cut) + dice.of(pieces) + line.slice(cut + 1 + dice.below(6))),
        () =>
          (lines[at] = line.replace(/\d+/, () =>
            String(dice.of([0, 1, 127, 128, 255, 65_536, 4_294_967_296])),
          )),
      ];
      dice.of(edits)();
    }
    return lines.join('\r\n');
  };
  const [workerPid] = local.hub.inside.media.workerPids();
  const seen = new Map<number, number>();
  let session = await opened();
  for (let round = 0; round < FUZZ_ROUNDS; round++) {
    const isPatch = dice.chance(0.3);
    const body = broken(
      isPatch ? fragment(OTHER_ICE, ['a=candidate:1 1 udp 1 192.0.2.1 9 typ host']) : offer(),
    );
    const { status, text, headers } = await ask(
      isPatch ? { method: 'PATCH', id: session.id, body, headers: { 'if-match': '*' } } : { body },
    );
    seen.set(status, (seen.get(status) ?? 0) + 1);
    expect([200, 201, 204, 400, 404, 409, 422], `${status} to\n${body}\n${text}`).toContain(status);
    if (status >= 400) expect(headers.get('content-type')).toBe('application/problem+json');
    if (status === 201) session = { ...session, id: headers.get('location')!.split('/')[2]! };
  }
  expect(local.hub.inside.media.workerPids()).toEqual([workerPid]);
  expect([...seen.keys()]).toEqual(expect.arrayContaining([201, 400, 422]));
  expect((await publish()).status).toBe(201);
});
