import { StreamProblem } from '../problem.ts';
import { asText, parseSdp } from './lines.ts';

export interface IceFragment {
  /** Null when the fragment does not name the ICE session that it is of. */
  ice: { username: string; password: string } | null;
  candidates: number;
}

/** RFC 8839, 5.1, as far as it matters to somebody who only checks it: an ICE-lite agent waits to be called. */
const CANDIDATE =
  /^a=candidate:[A-Za-z0-9+/]{1,32} \d{1,5} [A-Za-z]{2,8} \d{1,10} [A-Za-z0-9.:%-]{1,255} \d{1,5} typ [a-z]{2,8}( .*)?$/;

/**
 * A body of application/trickle-ice-sdpfrag (RFC 8840).
 * @throws {StreamProblem} 400
 */
export function readFragment(text: string): IceFragment {
  const sdp = parseSdp(text);
  const candidates = text.split(/\r\n|\n/).filter((line) => line.startsWith('a=candidate:'));
  if (!candidates.every((line) => CANDIDATE.test(line))) {
    throw new StreamProblem(400, 'An a=candidate line is not valid.');
  }
  const [media] = sdp.media;
  const username = asText(sdp.iceUfrag ?? media?.iceUfrag);
  const password = asText(sdp.icePwd ?? media?.icePwd);
  if ((username === null) !== (password === null)) {
    throw new StreamProblem(400, 'a=ice-ufrag and a=ice-pwd come together.');
  }
  if (username === null || password === null) {
    if (candidates.length === 0 && !/^a=end-of-candidates/m.test(text)) {
      throw new StreamProblem(400, 'The fragment says nothing about ICE.');
    }
    return { ice: null, candidates: candidates.length };
  }
  if (!/^[A-Za-z0-9+/]{4,256}$/.test(username) || !/^[A-Za-z0-9+/]{22,256}$/.test(password)) {
    throw new StreamProblem(400, 'a=ice-ufrag or a=ice-pwd is not valid.');
  }
  return { ice: { username, password }, candidates: candidates.length };
}
