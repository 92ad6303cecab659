import { z } from 'zod';
import { answering, readJson } from '../../json.ts';
import type { RequestHandler } from './$types';

/** A model suggests; docs/ai-suggestions.md. */
export const POST: RequestHandler = (event) =>
  answering(async () => {
    const { request, locals } = event;
    const token = /^Bearer ([A-Za-z0-9_-]{1,256})$/.exec(request.headers.get('authorization') ?? '')?.[1];
    return locals.hub.clinic.diagnosisCentre.suggestions.add(
      token ?? null,
      { address: event.getClientAddress() },
      () => readJson(event, z.unknown(), 'anywhere'),
    );
  });
