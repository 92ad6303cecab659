import { createHmac } from 'node:crypto';
import { lookup as resolve } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { DeliveryFailed } from './channel.ts';
import { isPublicAddress } from './public-address.ts';

/** Ours: whoever takes a message has only to store it. */
const TIMEOUT_MS = 5000;
const PREFIX = 'whsec_';

export interface SignedMessage {
  url: string;
  secret: string;
  /** Names the message, the same over every try. */
  id: string;
  body: string;
  nowMs: number;
}

/** `v1,…` after the Standard Webhooks specification: HMAC-SHA256 over id, time and body. */
export function signatureOf({ secret, id, body }: SignedMessage, timestamp: number): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/**
 * Posts a message with its signature to another system. Follows no redirect, and unless `allowPrivate` speaks with public addresses only:
 * the very address that was looked at is connected to.
 * @throws {DeliveryFailed}
 */
export async function postSigned(
  message: SignedMessage,
  { allowPrivate }: { allowPrivate: boolean },
): Promise<void> {
  const url = new URL(message.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic();
  const timestamp = Math.floor(message.nowMs / 1000);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const status = await new Promise<number>((answered, failed) => {
    const sent = request(
      url,
      {
        method: 'POST',
        agent: false,
        signal,
        ...(allowPrivate ? {} : { lookup: publicOnly }),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(message.body),
          'user-agent': 'rui-hub',
          'webhook-id': message.id,
          'webhook-timestamp': timestamp,
          'webhook-signature': signatureOf(message, timestamp),
        },
      },
      (response) => {
        answered(response.statusCode ?? 0);
        // What it has to say beyond that is of no interest, however long it is.
        response.destroy();
      },
    );
    sent.on('error', failed);
    sent.end(message.body);
  }).catch((error: unknown) => {
    if (error instanceof DeliveryFailed) throw error;
    const reason = signal.aborted
      ? 'no answer in time'
      : ((error as { code?: string }).code ?? 'no connection');
    throw new DeliveryFailed(`webhook: ${reason}`, { isFinal: false, cause: error });
  });
  // 410: the specification's word for "no more of these".
  if (status < 200 || status > 299)
    throw new DeliveryFailed(`webhook: ${status}`, { isFinal: status === 410 });
}

const publicOnly: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const [first] = addresses;
    if (!first || !addresses.every(({ address }) => isPublicAddress(address)))
      return callback(notPublic(), []);
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

const notPublic = (): DeliveryFailed =>
  new DeliveryFailed('webhook: not a public address', { isFinal: true });
