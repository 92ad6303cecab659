/**
 * The one table of error codes. A code tells the program what happened; the sentence for the person is looked up
 * by code in the UI's own language, so `message` is English and for developers and logs.
 *
 * `retry` says whether the same message may succeed later without being changed.
 */
export const ERRORS = {
  invalid_message: {
    retry: false,
    meaning: 'The message does not have the shape that the contract asks for.',
  },
  message_too_large: { retry: false, meaning: 'The message is larger than the contract allows.' },
  unknown_message: { retry: false, meaning: 'The contract has no message of this name.' },
  unauthenticated: { retry: false, meaning: 'No valid session or box token came with the connection.' },
  forbidden: { retry: false, meaning: 'The role of this person or box may not do this here.' },
  rate_limited: { retry: true, meaning: 'Too many messages of this kind in a short time.' },
  not_found: { retry: false, meaning: 'There is no such thing, or none that this person may know of.' },
  not_a_member: { retry: false, meaning: 'Only members of the room may do this; join first.' },
  conflict: { retry: false, meaning: 'The state changed meanwhile, or the thing exists already.' },
  out_of_order: { retry: false, meaning: 'A step that must come first has not been taken.' },
  expired: { retry: false, meaning: 'The invitation, code or token is past its time or has been used up.' },
  room_ended: { retry: false, meaning: 'The room has been ended.' },
  room_full: { retry: true, meaning: 'The room, or the server, cannot take more at this time.' },
  unsupported_media: { retry: false, meaning: 'This client cannot receive or send this kind of stream.' },
  unavailable: { retry: true, meaning: 'A part of the hub is away for the moment; try again.' },
  timeout: {
    retry: true,
    meaning: 'No answer in time; it is not known whether the message was carried out.',
  },
  internal: { retry: false, meaning: 'The hub failed; the cause is in its log under the given reference.' },
} as const satisfies Record<string, { retry: boolean; meaning: string }>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

/** An error that the person or program at the other end is meant to see. Anything else becomes `internal`. */
export class HubError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string = ERRORS[code].meaning, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HubError';
    this.code = code;
  }
}

/** By name, not by class: pages are bundled, the hub is not, so each has a class of its own. */
export function isHubError(error: unknown): error is HubError {
  return error instanceof Error && error.name === 'HubError' && 'code' in error;
}

export interface WireError {
  code: ErrorCode;
  message: string;
}

/** Every request is acknowledged with exactly one of these. */
export type Ack<T> = { ok: true; data: T } | { ok: false; error: WireError };
