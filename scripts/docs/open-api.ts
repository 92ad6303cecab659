import { z } from 'zod';
import {
  aiSuggestionSchema,
  boxEnrolSchema,
  boxTokenProofSchema,
  ERROR_CODES,
  invitationTokenSchema,
  loginSchema,
  logoutSchema,
  MAX_REST_BYTES,
} from '../../src/lib/signaling/contract/index.ts';
import { streamPaths } from './stream-paths.ts';

interface Endpoint {
  path: string;
  method: 'get' | 'post' | 'delete';
  summary: string;
  body?: z.ZodType;
  answer: string;
}

const ENDPOINTS: Endpoint[] = [
  { path: '/api/session', method: 'get', summary: 'Who is logged in.', answer: '{principal}' },
  {
    path: '/api/session',
    method: 'post',
    summary: 'Log in; sets the session cookie.',
    body: loginSchema,
    answer: '{principal}',
  },
  {
    path: '/api/session',
    method: 'delete',
    summary: 'Log out here, or everywhere.',
    body: logoutSchema,
    answer: '{}',
  },
  {
    path: '/api/invitation',
    method: 'post',
    summary: 'What an invitation says, without using it up.',
    body: invitationTokenSchema,
    answer: '{status, name, role, expiresAtMs}',
  },
  {
    path: '/api/invitation/redeem',
    method: 'post',
    summary: 'Use an invitation in this browser; sets a guest session.',
    body: invitationTokenSchema,
    answer: '{roomId, expiresAtMs}',
  },
  {
    path: '/api/box/enrol',
    method: 'post',
    summary: "Bind a box's key to the box that the one-time code was made for.",
    body: boxEnrolSchema,
    answer: '{boxId, name}',
  },
  {
    path: '/api/box/token',
    method: 'post',
    summary: 'A short-lived token against a signature with the box’s key.',
    body: boxTokenProofSchema,
    answer: '{token, expiresAt}',
  },
  {
    path: '/api/box/records',
    method: 'post',
    summary:
      'What a box’s outbox holds, oldest first (`Authorization: Bearer`). Binary, up to 448 KiB: see src/lib/signaling/contract/records.ts. A refusal may name the bad `record`, or the `expected` number.',
    answer: '{outboxId, through}: all up to this number is committed',
  },
  {
    path: '/api/ai/suggestions',
    method: 'post',
    summary:
      'A model suggests something to the diagnosis centre (`Authorization: Bearer`); it is shown as such, and decides nothing. docs/ai-suggestions.md tells of it.',
    body: aiSuggestionSchema,
    answer: '{suggestionId, isNew}: the same `clientId` again is answered as before',
  },
  { path: '/healthz', method: 'get', summary: 'Alive.', answer: 'always 200 while the process runs' },
  {
    path: '/readyz',
    method: 'get',
    summary: 'The parts and their state; 503 when one is missing.',
    answer: '{ready, parts}',
  },
];

/** The hub's HTTP endpoints as OpenAPI 3.1. */
export function openApi(): object {
  const paths: Record<string, Record<string, object>> = streamPaths();
  for (const { path, method, summary, body, answer } of ENDPOINTS) {
    (paths[path] ??= {})[method] = {
      summary,
      ...(body && {
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }) },
          },
        },
      }),
      responses: { 200: { description: answer }, default: { $ref: '#/components/responses/Refused' } },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'RUI Hub HTTP endpoints',
      version: '1',
      description: `WHIP and WHEP are told of in docs/whip.md. JSON bodies up to ${MAX_REST_BYTES} bytes. What a cookie authorises is taken from the hub's own pages only.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      responses: {
        Refused: {
          description: 'Refused, with the reason.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['error'],
                properties: {
                  error: {
                    type: 'object',
                    required: ['code', 'message'],
                    properties: { code: { enum: ERROR_CODES }, message: { type: 'string' } },
                  },
                },
              },
            },
          },
        },
      },
    },
  };
}
