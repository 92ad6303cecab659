import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { Hub } from '../../src/hub.ts';
import type { StreamProtocol } from '../../src/lib/whip/streams.ts';

/** What the pages do for WHIP and WHEP, without the pages: HTTP requests to the hub's own answer. */
export async function openStreamDoor(
  hub: Hub,
  pages: Record<string, { type: string; body: string }> = {},
): Promise<{ url: string; requests: string[]; close(): void }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void answer(hub, pages, request).then(async (result) => {
      requests.push(`${request.method} ${request.url!.split('/')[1]} ${result.status}`);
      await reply(result, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  hub: Hub,
  pages: Record<string, { type: string; body: string }>,
  incoming: IncomingMessage,
): Promise<Response> {
  const url = new URL(incoming.url!, `http://${incoming.headers.host}`);
  const page = pages[url.pathname];
  if (page) return new Response(page.body, { headers: { 'content-type': page.type } });
  const [, protocol, sessionId] = url.pathname.split('/');
  if (protocol !== 'whip' && protocol !== 'whep') return new Response(null, { status: 404 });
  const method = incoming.method!;
  const body = method === 'GET' || method === 'HEAD' ? null : Readable.toWeb(incoming);
  const request = new Request(url, {
    method,
    headers: new Headers(incoming.headers as Record<string, string>),
    body: body as ReadableStream | null,
    duplex: 'half',
  } as RequestInit);
  return hub.streams.answer(protocol as StreamProtocol, request, {
    sessionId: sessionId ?? null,
    address: incoming.socket.remoteAddress ?? '',
  });
}

async function reply(result: Response, response: ServerResponse): Promise<void> {
  response.writeHead(result.status, Object.fromEntries(result.headers));
  response.end(Buffer.from(await result.arrayBuffer()));
}
