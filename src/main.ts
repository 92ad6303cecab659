import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pino, { type Logger } from 'pino';
import { startHub, type Hub } from './hub.ts';
import { DemoBox } from './lib/demo/demo-box.ts';
import { errorForLog } from './lib/error-for-log.ts';
import { setHubHandle } from './lib/hub-handle.ts';
import { isLoopback, readSettings, SettingsError, type Settings } from './lib/settings.ts';
import { defaultDataDir, EmbeddedPartError } from './lib/storage/embedded/index.ts';
import {
  CertificateError,
  ensureCertificate,
  lanAddresses,
  readCertificate,
  type Certificate,
} from './lib/tls/index.ts';

/**
 * How long a connection may rest before the hub ends it. Longer than a reverse proxy keeps one (60 s is usual): whoever ends it first must be
 * the one who sends, else a step that is sent in that very moment is lost with the connection.
 */
const KEEP_ALIVE_MS = 75_000;

const PAGES = path.resolve(import.meta.dirname, '../build/handler.js');

interface Greeting {
  hub: Hub;
  /** Where this machine reaches it. */
  url: string;
  /** SHA-256 of a self-made certificate, for people to compare with what their browser warns of. */
  fingerprint: string | null;
}

export interface RunningHub extends Greeting {
  stop(): Promise<void>;
}

/** One hub node with its pages: the whole of production. */
export async function runHub(settings: Settings, log: Logger): Promise<RunningHub> {
  const dataDir = settings.DATA_DIR ?? defaultDataDir();
  const certificate = await certificateFor(settings, dataDir);
  const httpServer: HttpServer = certificate
    ? (createSecureServer({ cert: certificate.cert, key: certificate.key }) as unknown as HttpServer)
    : createServer();
  const hub = await startHub({ settings, httpServer, log });
  let demoBox: DemoBox | null = null;
  const stop = async (): Promise<void> => {
    await demoBox?.stop();
    httpServer.close();
    await hub.close();
    httpServer.closeAllConnections();
    setHubHandle(undefined);
  };
  try {
    setHubHandle(hub);
    // adapter-node takes protocol and host from these; it must know them before it is loaded.
    if (settings.ORIGIN) process.env['ORIGIN'] = settings.ORIGIN;
    else process.env['PROTOCOL_HEADER'] = 'x-rui-protocol';
    // Of the one route that takes files; `hooks.server.ts` allows the others a hundredth of it.
    process.env['BODY_SIZE_LIMIT'] ??= '51M';
    const { handler } = (await import(pathToFileURL(PAGES).href)) as {
      handler: (request: unknown, response: unknown) => void;
    };
    httpServer.on('request', (request, response) => {
      // socket.io answers its own path.
      if (request.url?.startsWith('/signaling/')) return;
      request.headers['x-rui-protocol'] = certificate ? 'https' : 'http';
      handler(request, response);
    });
    await listen(httpServer, settings);
    const { port } = httpServer.address() as AddressInfo;
    const scheme = certificate ? 'https' : 'http';
    const url = `${scheme}://localhost:${port}`;
    if (hub.demo && settings.DEMO_BOX) {
      demoBox = new DemoBox({
        hubUrl: url,
        dataDir,
        enrolCode: hub.demo.enrolCode,
        log,
        trustCertificate: certificate?.selfMade ? path.join(dataDir, 'tls', 'cert.pem') : undefined,
      });
      demoBox.start();
    }
    return { hub, url, fingerprint: certificate?.selfMade ? certificate.fingerprint : null, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** https wherever somebody else could come from: browsers give cameras to secure pages only. */
async function certificateFor(settings: Settings, dataDir: string): Promise<Certificate | null> {
  if (settings.TLS_CERT && settings.TLS_KEY)
    return readCertificate({ certFile: settings.TLS_CERT, keyFile: settings.TLS_KEY });
  if (isLoopback(settings.HOST)) return null;
  const named = /^[0-9.]+$|:/.test(settings.HOST) ? [] : [settings.HOST];
  return ensureCertificate({ dataDir, hosts: ['localhost', '127.0.0.1', ...lanAddresses(), ...named] });
}

function listen(httpServer: HttpServer, settings: Settings): Promise<void> {
  httpServer.keepAliveTimeout = KEEP_ALIVE_MS;
  return new Promise((resolve, reject) => {
    httpServer.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new SettingsError(
              `Port ${settings.PORT} is taken. Stop what uses it, or choose another: PORT=3001 npm start`,
            )
          : error,
      );
    });
    httpServer.listen(settings.PORT, settings.HOST, resolve);
  });
}

/** `npm run dev`: the hub on Vite's own server; Vite makes the pages. */
export async function startDevelopmentHub(httpServer: HttpServer): Promise<() => Promise<void>> {
  const settings = readSettings(process.env);
  const log = logger(settings);
  const hub = await startHub({ settings, httpServer, log });
  setHubHandle(hub);
  let demoBox: DemoBox | null = null;
  httpServer.once('listening', () => {
    const { port } = httpServer.address() as AddressInfo;
    greet({ hub, url: `http://localhost:${port}`, fingerprint: null }, settings);
    if (!hub.demo || !settings.DEMO_BOX) return;
    demoBox = new DemoBox({
      hubUrl: `http://localhost:${port}`,
      dataDir: settings.DATA_DIR ?? defaultDataDir(),
      enrolCode: hub.demo.enrolCode,
      log,
    });
    demoBox.start();
  });
  return async () => {
    await demoBox?.stop();
    await hub.close();
  };
}

function logger(settings: Settings): Logger {
  return pino(
    {
      level: settings.LOG_LEVEL,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: errorForLog },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}

function greet({ hub, url, fingerprint }: Greeting, settings: Settings): void {
  const addresses = [url];
  if (!isLoopback(settings.HOST)) {
    const port = new URL(url).port;
    addresses.push(...lanAddresses().map((address) => `https://${address}:${port}`));
  }
  const lines = ['', '  RUI Hub 瑞视远程医疗 is ready.', ...addresses.map((address) => `    ${address}`)];
  if (fingerprint)
    lines.push(
      '',
      '  Browsers will warn of the self-made certificate. Its SHA-256 fingerprint:',
      `    ${fingerprint}`,
    );
  if (hub.demo) {
    lines.push('', '  Demo logins (one password for all, made for this data folder):');
    for (const account of hub.demo.accounts)
      lines.push(`    ${account.username.padEnd(8)} ${hub.demo.password}   ${account.description}`);
  }
  lines.push('', '  Ctrl-C stops it.', '');
  console.log(lines.join('\n'));
}

async function main(): Promise<number> {
  let running: RunningHub;
  try {
    const settings = readSettings(process.env);
    const log = logger(settings);
    running = await runHub(settings, log);
    greet(running, settings);
  } catch (error) {
    if (
      error instanceof SettingsError ||
      error instanceof EmbeddedPartError ||
      error instanceof CertificateError
    ) {
      console.error(error.message);
      return 1;
    }
    throw error;
  }
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  console.log('Stopping …');
  await running.stop();
  console.log('Stopped.');
  return 0;
}

if (process.argv[1] && import.meta.filename === path.resolve(process.argv[1])) {
  process.exitCode = await main();
  // Every part was stopped by name above; nothing that a library left behind may keep the process.
  process.exit();
}
