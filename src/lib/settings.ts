import { z } from 'zod';

/**
 * Every setting of the hub is here: an environment variable, its bounds, its default and what it means. The table in
 * docs/settings.md is generated from this schema (`npm run docs`).
 */
const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.enum(['0', '1', 'true', 'false', '']).transform((value) => value === '1' || value === 'true');
const addressList = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.hostname()])).max(8));

/** What may stand in the quotes of an HTTP header. */
const quotable = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/);

export const settingsSchema = z.object({
  PORT: port.default(3000).describe('TCP port of pages and signalling; 0 takes a free one.'),
  HOST: z
    .union([z.ipv4(), z.ipv6(), z.hostname()])
    .default('127.0.0.1')
    .describe(
      'Address to listen on. Anything but a loopback address switches to https, since cameras need a secure page. `npm start -- --host` sets it to 0.0.0.0.',
    ),
  DATA_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Where the embedded database, Redis and certificates are kept.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('An outside PostgreSQL (16 or newer) instead of the embedded one.'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('An outside Redis (7 or newer) instead of the child process.'),
  TLS_CERT: z.string().min(1).optional().describe('Path of a PEM certificate chain; together with TLS_KEY.'),
  TLS_KEY: z.string().min(1).optional().describe('Path of the PEM private key.'),
  ORIGIN: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The address people type, when a proxy stands before the hub, e.g. https://hub.example.org.'),
  NODE_ID: z
    .string()
    .regex(/^[A-Za-z0-9_-]{4,40}$/)
    .optional()
    .describe(
      'Name of this node among others on the same Redis. Default: made once, kept in the data folder.',
    ),
  MEDIA_WORKERS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('mediasoup workers; default: one per core, at most eight.'),
  MEDIA_PORT: port
    .default(0)
    .describe(
      'First UDP and TCP port for media, one per worker; 0 takes free ones (opens no firewall by itself).',
    ),
  MEDIA_LISTEN_IP: z
    .union([z.ipv4(), z.ipv6()])
    .optional()
    .describe(
      'Address that media workers bind; default: HOST, or every address when HOST is a name or a wildcard.',
    ),
  MEDIA_ANNOUNCED: addressList
    .default([])
    .describe('Addresses that clients reach media at, comma separated, e.g. the LAN and the public one.'),
  ICE_SERVERS: z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(
      z.array(z.string().regex(/^(stuns?|turns?):[A-Za-z0-9.:[\]-]{1,255}(\?transport=(udp|tcp))?$/)).max(8),
    )
    .default([])
    .describe(
      'STUN and TURN servers that WHIP and WHEP clients are told of (Link headers), comma separated, e.g. stun:stun.example.org:3478.',
    ),
  TURN_USERNAME: quotable.optional().describe('Login for the TURN servers in ICE_SERVERS.'),
  TURN_CREDENTIAL: quotable.optional().describe('Password for the TURN servers in ICE_SERVERS.'),
  MEDIASOUP_WORKER_BIN: z
    .string()
    .min(1)
    .optional()
    .describe('Path of the mediasoup worker; npm start finds it.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Log level.'),
  DEMO: flag
    .default(true)
    .describe('Seed the demo hospital and start the demo box. Set to 0 before real people use the hub.'),
  DEMO_BOX: flag.default(true).describe('Start the demo box as a child process (only with DEMO).'),
  PATIENT_ID_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{32,256}$/)
    .optional()
    .describe(
      'Secret by which patients are found by the number of their identity document, which itself is not kept. The same on every node, and never changed: what was registered with another is not found again. Default: made once, kept in the data folder.',
    ),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe(
      'Mail server for reminders, with its login, e.g. smtps://user:password@mail.example.org; together with MAIL_FROM. Without it nobody is told by mail.',
    ),
  MAIL_FROM: z
    .string()
    .regex(/^([^<>\r\n]{1,100} <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/)
    .optional()
    .describe('Whom mail comes from, e.g. RUI Hub <hub@example.org>.'),
  TIME_ZONE: z
    .string()
    .refine(isTimeZone, { error: 'no time zone of this name' })
    .default('Asia/Shanghai')
    .describe('In which mail and text messages say the time; an IANA name.'),
  WEBHOOK_PRIVATE: flag
    .default(false)
    .describe(
      'Set to 1 to let webhooks go to private addresses and to this machine. Whoever administers an institution can then make the hub call anything in its own network.',
    ),
  BOX_PACKAGES_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder with signed packages for boxes; several nodes share one. Default: `box-packages` in the data folder.',
    ),
  LEASE_TTL_MS: z.coerce
    .number()
    .int()
    .min(500)
    .max(60_000)
    .default(5000)
    .describe('How long a room waits for a dead node before another takes it over.'),
  MEMBER_GRACE_MS: z.coerce
    .number()
    .int()
    .min(1000)
    .max(600_000)
    .default(45_000)
    .describe('How long a member whose signalling is away keeps its place in a room.'),
});

export type Settings = z.output<typeof settingsSchema>;

/** Wrong settings, in words: one line a setting. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/**
 * @throws {SettingsError} naming every wrong setting and the reason.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(
    Object.keys(settingsSchema.shape)
      .map((name) => [name, environment[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new SettingsError(`These settings are wrong:\n${lines.join('\n')}`);
  }
  if (Boolean(parsed.data.TLS_CERT) !== Boolean(parsed.data.TLS_KEY)) {
    throw new SettingsError('These settings are wrong:\n  TLS_CERT and TLS_KEY: give both or neither');
  }
  if (Boolean(parsed.data.SMTP_URL) !== Boolean(parsed.data.MAIL_FROM)) {
    throw new SettingsError('These settings are wrong:\n  SMTP_URL and MAIL_FROM: give both or neither');
  }
  if (Boolean(parsed.data.TURN_USERNAME) !== Boolean(parsed.data.TURN_CREDENTIAL)) {
    throw new SettingsError(
      'These settings are wrong:\n  TURN_USERNAME and TURN_CREDENTIAL: give both or neither',
    );
  }
  return parsed.data;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
