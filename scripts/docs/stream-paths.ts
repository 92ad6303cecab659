/** WHIP (RFC 9725) and WHEP, as far as OpenAPI can say it; docs/whip.md says the rest. */
const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';

const REFUSALS: Record<string, string> = {
  400: 'Malformed SDP.',
  401: 'No bearer token, or one that is unknown, revoked or past its time.',
  403: 'A token of the other kind or of another session; a device that the host has removed.',
  404: 'No such session, or it has ended.',
  405: 'Another verb.',
  406: 'The client does not take SDP as an answer.',
  409: 'The box of the token serves no room, the room has ended, or (WHEP) shows nothing yet.',
  412: 'If-Match names an ICE session that is over.',
  413: 'More than 64 kB.',
  415: 'Another content type.',
  422: 'SDP that the hub cannot take: no codec in common, several bundles, the wrong direction, …',
  428: 'If-Match is missing.',
  429: 'Too many requests.',
  503: 'A part of the hub is away, or the room is full; try again.',
};

const refusals = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: REFUSALS[status],
        content: {
          'application/problem+json': {
            schema: {
              type: 'object',
              required: ['type', 'status', 'title'],
              properties: {
                type: { const: 'about:blank' },
                status: { const: status },
                title: { type: 'string', description: 'A sentence.' },
              },
            },
          },
        },
      },
    ]),
  );
const body = (type: string) => ({
  required: true,
  content: { [type]: { schema: { type: 'string', maxLength: 65_536 } } },
});
const security = [{ bearer: [] }];

export function streamPaths(): Record<string, Record<string, object>> {
  const parameters = [{ name: 'session', in: 'path', required: true, schema: { type: 'string' } }];
  const feed = {
    name: 'feed',
    in: 'query',
    required: false,
    description: 'Slot of the picture to see; default: the clinical one first.',
    schema: { type: 'string' },
  };
  const endpoint = (summary: string, more: object = {}) => ({
    post: {
      summary,
      security,
      ...more,
      requestBody: body(SDP),
      responses: {
        201: {
          description: 'The answer; Location is the session, ETag its ICE session, Link the ICE servers.',
          content: { [SDP]: { schema: { type: 'string' } } },
        },
        ...refusals(400, 401, 403, 406, 409, 413, 415, 422, 429, 503),
      },
    },
  });
  const session = () => ({
    patch: {
      summary: 'Trickle a candidate, or restart ICE (If-Match: *).',
      security,
      parameters: [
        ...parameters,
        { name: 'If-Match', in: 'header', required: true, schema: { type: 'string' } },
      ],
      requestBody: body(FRAGMENT),
      responses: {
        200: {
          description: 'ICE restarted; the new ETag, and the hub’s new ICE session.',
          content: { [FRAGMENT]: { schema: { type: 'string' } } },
        },
        204: { description: 'Taken.' },
        ...refusals(400, 401, 403, 404, 412, 413, 415, 428, 429, 503),
      },
    },
    delete: {
      summary: 'End the session.',
      security,
      parameters,
      responses: { 200: { description: 'Ended.' }, ...refusals(401, 403, 404, 429) },
    },
  });
  return {
    '/whip': endpoint('WHIP: publish into the room of the token.'),
    '/whip/{session}': session(),
    '/whep': endpoint('WHEP: view the room of the token.', { parameters: [feed] }),
    '/whep/{session}': session(),
  };
}
