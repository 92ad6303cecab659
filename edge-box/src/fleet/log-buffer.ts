import type { Log } from '../log.ts';

/** Fields by these names never leave the box, whoever logged them. */
const SECRET =
  /token|secret|password|passphrase|authorization|signature|nonce|code$|key$|patient|maskedname|maskedid/i;
const MAX_STRING = 300;

/** Keeps the last lines of the log in memory, for an administrator who asks for them. */
export class LogBuffer {
  readonly #maxBytes: number;
  readonly #lines: string[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The same log, remembered. */
  remembering(log: Log): Log {
    return (level, message, fields) => {
      log(level, message, fields);
      this.#add(
        JSON.stringify({
          time: new Date().toISOString(),
          level,
          msg: clean(message),
          ...redacted(fields ?? {}),
        }),
      );
    };
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#bytes += Buffer.byteLength(line) + 1;
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#lines.shift();
      if (oldest === undefined) break;
      this.#bytes -= Buffer.byteLength(oldest) + 1;
    }
  }

  /** One JSON object a line, oldest first. */
  text(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }
}

function redacted(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      SECRET.test(name) ? '[redacted]' : redactedValue(value),
    ]),
  );
}

function redactedValue(value: unknown): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.slice(0, 50).map(redactedValue);
  return redacted(value as Record<string, unknown>);
}

/** Cameras are reached by addresses with a password in them, and errors quote them. */
function clean(text: string): string {
  return text
    .replace(/\/\/[^/\s@]*@/g, '//[redacted]@')
    .replace(/([?&](?:token|key|password|auth)=)[^&\s]*/gi, '$1[redacted]')
    .replace(/Bearer\s+\S+/gi, 'Bearer [redacted]')
    .slice(0, MAX_STRING);
}
