import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MAIN = path.resolve(import.meta.dirname, '../../edge-box/src/main.ts');

/** A box in a process of its own, with a data folder that outlives the process. */
export class BoxProcess {
  readonly dataDir: string;
  readonly #environment: Record<string, string>;
  #child: ChildProcess | null = null;
  /** Everything it has said. */
  output = '';

  private constructor(dataDir: string, environment: Record<string, string>) {
    this.dataDir = dataDir;
    this.#environment = environment;
  }

  static async start(environment: Record<string, string>): Promise<BoxProcess> {
    const box = new BoxProcess(await mkdtemp(path.join(tmpdir(), 'rui-box-')), environment);
    box.startAgain();
    return box;
  }

  startAgain(changes: Record<string, string> = {}): void {
    const child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, BOX_DATA_DIR: this.dataDir, ...this.#environment, ...changes },
      // Without a channel it would outlive a test run that is killed.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    const hear = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
  }

  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill('SIGKILL');
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
