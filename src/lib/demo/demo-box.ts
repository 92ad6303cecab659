import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Logger } from 'pino';

const BOX_MAIN = path.resolve(import.meta.dirname, '../../../edge-box/src/main.ts');
/** A box that falls over at once must not be started a hundred times a second. */
const RESTART_MS = 2000;
const STOP_MS = 5000;

interface DemoBoxOptions {
  hubUrl: string;
  dataDir: string;
  enrolCode: string;
  log: Logger;
  /** A self-made certificate that the box is to accept, as a PEM file. */
  trustCertificate?: string;
}

/**
 * The simulated RUI-Vision box of the demo hospital, as a process of its own that speaks to the hub over the network
 * like any other box.
 */
export class DemoBox {
  readonly #options: DemoBoxOptions;
  #child: ChildProcess | null = null;
  #timer: NodeJS.Timeout | null = null;
  #stopping = false;

  constructor(options: DemoBoxOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const { hubUrl, dataDir, enrolCode, log, trustCertificate } = this.#options;
    const child = spawn(process.execPath, [BOX_MAIN], {
      // The channel ties its life to ours: when the hub is gone, however it went, the box ends.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        ...process.env,
        HUB_URL: hubUrl,
        BOX_DATA_DIR: path.join(dataDir, 'demo-box'),
        ENROL_CODE: enrolCode,
        ...(trustCertificate && { NODE_EXTRA_CA_CERTS: trustCertificate }),
      },
    });
    this.#child = child;
    child.once('error', (error) => log.error({ err: error }, 'the demo box could not be started'));
    child.once('exit', (code, signal) => {
      this.#child = null;
      if (this.#stopping) return;
      log.warn({ code, signal }, 'the demo box ended; starting it again');
      this.#timer = setTimeout(() => this.start(), RESTART_MS);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#timer) clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(patience);
  }
}
