/**
 * An answer with these bytes, or with the part of them that was asked for (RFC 9110, one range only): some browsers play no film that they
 * cannot have in parts.
 */
export function ranged(request: Request, bytes: Uint8Array, headers: Record<string, string>): Response {
  const whole = { ...headers, 'accept-ranges': 'bytes' };
  const asked = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get('range') ?? '');
  // Whatever else it says is not understood, and then it counts as not said.
  if (!asked || (!asked[1] && !asked[2])) return new Response(new Uint8Array(bytes), { headers: whole });
  const last = bytes.length - 1;
  const from = asked[1] ? Number(asked[1]) : Math.max(0, bytes.length - Number(asked[2]));
  const until = asked[1] && asked[2] ? Math.min(last, Number(asked[2])) : last;
  if (from > until) {
    return new Response(null, { status: 416, headers: { 'content-range': `bytes */${bytes.length}` } });
  }
  return new Response(new Uint8Array(bytes.subarray(from, until + 1)), {
    status: 206,
    headers: { ...whole, 'content-range': `bytes ${from}-${until}/${bytes.length}` },
  });
}
