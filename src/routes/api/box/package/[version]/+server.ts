import { Readable } from 'node:stream';
import { answering } from '../../../json.ts';
import { boxOf } from '../../bearer.ts';
import type { RequestHandler } from './$types';

/** The package that a box was told to install; to enrolled boxes only. */
export const GET: RequestHandler = (event) =>
  answering(async () => {
    await boxOf(event);
    const { sizeBytes, stream } = await event.locals.hub.fleet.packages.open(event.params.version);
    return new Response(Readable.toWeb(stream) as ReadableStream, {
      headers: { 'content-type': 'application/gzip', 'content-length': String(sizeBytes) },
    });
  });
