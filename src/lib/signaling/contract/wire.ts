/** The fixed points of the socket: where it is and what its three kinds of traffic are called. */

/** socket.io path. */
export const SOCKET_PATH = '/signaling';
/** Server → client: one numbered RoomEvent. */
export const EVENT_CHANNEL = 'event';
/** Server → client: one Notice. */
export const NOTICE_CHANNEL = 'notice';
/**
 * A request may be this large as JSON. Ours: the largest honest one, RTP capabilities of a current Chromium, is about
 * 12 kB; four times that leaves room for browsers to come.
 */
export const MAX_REQUEST_BYTES = 48 * 1024;
