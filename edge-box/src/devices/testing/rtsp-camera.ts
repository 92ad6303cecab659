import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';

const SERVER = path.join(import.meta.dirname, 'rtsp-server.py');
/** Debian's own Python, because that one has GStreamer's bindings. */
const PYTHON = '/usr/bin/python3';

/** Whether an RTSP server can be started here; `npm test` installs it. */
export function hasRtspServer(): boolean {
  if (!existsSync(PYTHON)) return false;
  const ask =
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer";
  try {
    execFileSync(PYTHON, ['-c', ask], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Encodes a moving test picture into an MP4 file. */
export function encodeTestVideo(file: string, seconds: number, options: string[]): void {
  const picture = ['-f', 'lavfi', '-i', `testsrc=size=480x270:rate=30`, '-t', String(seconds)];
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', ...options];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...picture, ...encoder, file]);
}

/** One or more cameras behind one address. */
export class RtspCamera {
  readonly #files: Record<string, string>;
  readonly #login: string;
  #server: ChildProcess | undefined;
  #port = 0;

  constructor(files: Record<string, string>, login = '') {
    this.#files = files;
    this.#login = login;
  }

  url(name: string): string {
    return `rtsp://127.0.0.1:${this.#port}/${name}`;
  }

  /** Starts, the second time on the same port. */
  async start(): Promise<void> {
    const files = Object.entries(this.#files).map(([name, file]) => `${name}=${file}`);
    const server = spawn(PYTHON, [SERVER, String(this.#port), this.#login, ...files], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#server = server;
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    this.#port = Number(line.toString());
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  }
}
