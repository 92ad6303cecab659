import { connect } from 'mqtt';
import type { BoxClock } from '../clock.ts';
import { MessageIntake } from './message-intake.ts';
import { ReconnectingSource, SourceError } from './reconnecting.ts';
import type { LinkEvents, SourceLink } from './reconnecting.ts';
import type { ConfigOf } from './source-config.ts';

const CONNECT_LIMIT_MS = 5_000;
const KEEP_ALIVE_S = 10;

/** Messages of messages.ts from a topic of an MQTT broker, e.g. the gateway of a wearable. */
export class MqttSource extends ReconnectingSource {
  readonly kind = 'mqtt';
  readonly #config: ConfigOf<'mqtt'>;
  /** Outlives connections: a message that is sent again after one is a doubled one. */
  readonly #intake: MessageIntake;

  constructor(config: ConfigOf<'mqtt'>, clock: BoxClock) {
    super(config.id);
    this.#config = config;
    this.#intake = new MessageIntake(clock);
  }

  protected open({ sink, heard, ended }: LinkEvents): Promise<SourceLink> {
    const { url, topic, user, password } = this.#config;
    const client = connect(url, {
      ...(user === undefined ? {} : { username: user }),
      ...(password === undefined ? {} : { password }),
      connectTimeout: CONNECT_LIMIT_MS,
      keepalive: KEEP_ALIVE_S,
      // Whoever started this opens again, with its own pauses.
      reconnectPeriod: 0,
    });
    const close = (): Promise<void> => client.endAsync(true).catch(() => undefined);
    client.on('message', (_topic, payload) => {
      heard();
      this.#intake.accept(payload, sink);
    });
    return new Promise((resolve, reject) => {
      const fail = (error: SourceError): void => {
        void close();
        reject(error);
        ended(error);
      };
      client.on('error', (error) => fail(errorOf(error)));
      client.on('close', () => fail(new SourceError('absent', 'broker-gone')));
      client.on('connect', () => {
        client.subscribeAsync(topic, { qos: 1 }).then(
          (grants) => {
            if (grants.some(({ qos }) => qos >= 128)) fail(new SourceError('refused', 'topic-refused'));
            else resolve({ close });
          },
          () => fail(new SourceError('refused', 'topic-refused')),
        );
      });
    });
  }
}

/** Return codes 4 and 5 of MQTT 3.1.1 (CONNACK): wrong user or password, not authorised. */
function errorOf(error: Error): SourceError {
  const code = 'code' in error ? error.code : undefined;
  if (code === 4 || code === 5) return new SourceError('refused', 'login-refused');
  return new SourceError('absent', 'broker-away');
}
