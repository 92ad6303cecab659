import { parse, type SessionDescription } from 'sdp-transform';
import { StreamProblem } from '../problem.ts';

/** Ours: Chromium's largest offer of two tracks has about 200 lines; eight tracks stay well below this. */
const MAX_LINES = 1500;
const MAX_LINE_LENGTH = 1024;

/**
 * SDP, or a fragment of it, after a look at every line: the parser skips what it does not understand, and garbage must
 * not pass as an empty description.
 * @throws {StreamProblem} 400
 */
export function parseSdp(text: string): SessionDescription {
  const lines = text.split(/\r\n|\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > MAX_LINES) throw new StreamProblem(400, 'The SDP has too many lines.');
  // Nothing but printable characters, so that nothing of it can break a line of the answer.
  const bad = lines.findIndex(
    (line) => line.length > MAX_LINE_LENGTH || !/^[a-z]=[\x20-\x7e\u00a0-\uffff]+$/.test(line),
  );
  if (bad >= 0) throw new StreamProblem(400, `Line ${bad + 1} is not a line of SDP.`);
  try {
    return parse(`${lines.join('\r\n')}\r\n`);
  } catch {
    throw new StreamProblem(400, 'The SDP cannot be read.');
  }
}

/** The parser makes numbers of what looks like one; these are names. */
export const asText = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;
