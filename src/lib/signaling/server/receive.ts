import {
  capabilityFor,
  HUB_CAPABILITIES,
  HubError,
  hubCapabilitiesOf,
  MAX_REQUEST_BYTES,
  REQUESTS,
  type HubCapability,
  type RequestType,
} from '../contract/index.ts';
import type { Principal } from '../../identity/principal.ts';
import type { ConnectionLimits } from './limits.ts';

export interface ParsedRequest {
  type: RequestType;
  data: unknown;
}

/**
 * From what a socket sent to a parsed request, or the typed error that says why not. The cheap checks come first, so
 * that a flood costs little. Capabilities of room messages are checked at the room's home; hub messages, and the right
 * to ask for a room at all, here.
 * @throws {HubError}
 */
export function parseRequest(
  type: string,
  payload: unknown,
  sender: { principal: Principal; limits: ConnectionLimits; nowMs: number },
): ParsedRequest {
  if (!isRequestType(type)) throw new HubError('unknown_message');
  const definition = REQUESTS[type];
  if (!sender.limits.take(definition.limit, sender.nowMs)) throw new HubError('rate_limited');
  if (sizeOf(payload) > MAX_REQUEST_BYTES) throw new HubError('message_too_large');
  const parsed = definition.request.safeParse(payload);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new HubError(
      'invalid_message',
      `${issue?.path.join('.') || type}: ${issue?.message ?? 'not valid'}`,
    );
  }
  const capability = capabilityFor(type, parsed.data);
  if (isHubCapability(capability)) {
    const { principal } = sender;
    const own = hubCapabilitiesOf(principal.kind, principal.kind === 'account' ? principal.roles : []);
    if (!own.has(capability)) throw new HubError('forbidden');
  }
  return { type, data: parsed.data };
}

function isRequestType(type: string): type is RequestType {
  return Object.hasOwn(REQUESTS, type);
}

const HUB_CAPABILITY_NAMES: ReadonlySet<string> = new Set(HUB_CAPABILITIES);

function isHubCapability(capability: string): capability is HubCapability {
  return HUB_CAPABILITY_NAMES.has(capability);
}

/** Bytes as JSON; what JSON cannot say is infinitely large. */
function sizeOf(payload: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(payload) ?? '');
  } catch {
    return Infinity;
  }
}
