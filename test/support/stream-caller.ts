import type { StreamProtocol } from '../../src/lib/whip/streams.ts';
import type { LocalHub } from './hub-in-process.ts';

export const FRAGMENT = 'application/trickle-ice-sdpfrag';

export interface Ask {
  method?: string;
  id?: string;
  protocol?: StreamProtocol;
  body?: string;
  headers?: Record<string, string | undefined>;
  /** Another node than the caller's own. */
  hub?: LocalHub;
  address?: string;
}

/** Speaks WHIP and WHEP to a hub in this process, each time from another address unless told. */
export class StreamCaller {
  readonly #hub: LocalHub;
  #calls = 0;
  token = '';

  constructor(hub: LocalHub) {
    this.#hub = hub;
  }

  async ask({ method = 'POST', id, protocol = 'whip', body, headers = {}, hub, address }: Ask) {
    const all = {
      'content-type': method === 'PATCH' ? FRAGMENT : 'application/sdp',
      authorization: `Bearer ${this.token}`,
      ...headers,
    };
    const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const url = `https://hub.example.org/${protocol}${id ? `/${id}` : ''}`;
    const answer = await (hub ?? this.#hub).hub.streams.answer(
      protocol,
      new Request(url, { method, headers: given, ...(body === undefined ? {} : { body }) }),
      { sessionId: id ?? null, address: address ?? `caller-${++this.#calls}` },
    );
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }
}
