import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import path from 'node:path';
import { freePort } from '../../src/lib/storage/embedded/free-port.ts';
import { temporaryDataDir } from '../../src/lib/storage/embedded/testing.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const START_PATIENCE_MS = 60_000;

/** A hub in a process of its own, as `npm start` runs it, so that it can be killed. */
export class HubProcess {
  readonly port: number;
  readonly dataDir: string;
  readonly #environment: Record<string, string>;
  #child: ChildProcess | null = null;
  /** Everything it has said; shown when a test fails to start it. */
  output = '';

  readonly #afterwards: () => Promise<void>;

  private constructor(
    port: number,
    dataDir: string,
    environment: Record<string, string>,
    afterwards: () => Promise<void>,
  ) {
    this.port = port;
    this.dataDir = dataDir;
    this.#environment = environment;
    this.#afterwards = afterwards;
  }

  /** `afterwards`: what is stopped when the hub is, because only this hub needs it. */
  static async start(
    environment: Record<string, string> = {},
    afterwards: () => Promise<void> = () => Promise.resolve(),
  ): Promise<HubProcess> {
    const dataDir = await temporaryDataDir();
    const hub = new HubProcess(await freePort(), dataDir, environment, afterwards);
    await hub.startAgain();
    return hub;
  }

  /** https when it listens on more than loopback. */
  get url(): string {
    return `${this.#environment['HOST'] ? 'https' : 'http'}://localhost:${this.port}`;
  }

  get pid(): number {
    if (!this.#child?.pid) throw new Error('the hub is not running');
    return this.#child.pid;
  }

  async startAgain(): Promise<void> {
    const child = spawn(process.execPath, ['src/main.ts'], {
      cwd: PROJECT,
      env: {
        ...process.env,
        NODE_ENV: 'production',
        LOG_LEVEL: 'warn',
        PORT: String(this.port),
        DATA_DIR: this.dataDir,
        ...this.#environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const hear = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const deadlineMs = performance.now() + START_PATIENCE_MS;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || performance.now() > deadlineMs) {
        throw new Error(`the hub did not start:\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #answers(): Promise<boolean> {
    const address = `${this.url}/readyz`;
    if (!this.#environment['HOST'])
      return fetch(address).then(
        (response) => response.ok,
        () => false,
      );
    // Its self-made certificate is the one to trust, and no other.
    const ca = await readFile(path.join(this.dataDir, 'tls', 'cert.pem')).catch(() => null);
    if (!ca) return false;
    return new Promise((resolve) => {
      get(address, { ca }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      }).on('error', () => resolve(false));
    });
  }

  /** One password for all demo accounts, made for this data folder. */
  async demoPassword(): Promise<string> {
    return (await readFile(path.join(this.dataDir, 'demo-password'), 'utf8')).trim();
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    this.#child = null;
  }

  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    await rm(this.dataDir, { recursive: true, force: true });
    await this.#afterwards();
  }

  /** Processes below the hub whose command line matches. */
  async descendants(pattern: RegExp): Promise<number[]> {
    const found: number[] = [];
    const visit = async (pid: number): Promise<void> => {
      const tasks = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
      for (const child of tasks.split(' ').filter(Boolean).map(Number)) {
        const commandLine = (await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')).replaceAll(
          '\0',
          ' ',
        );
        if (pattern.test(commandLine)) found.push(child);
        await visit(child);
      }
    };
    await visit(this.pid);
    return found;
  }
}
