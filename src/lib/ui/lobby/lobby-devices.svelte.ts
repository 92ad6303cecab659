import {
  CaptureError,
  listDevices,
  microphoneLevel,
  openCamera,
  openMicrophone,
  type CaptureErrorCode,
} from '../../sfu/client/index.ts';

export type DeviceProblem = CaptureErrorCode;
type Kind = 'camera' | 'microphone';

export interface DeviceChoice {
  deviceId: string;
  label: string;
}

const OPEN = { camera: openCamera, microphone: openMicrophone };
const LEVEL_EVERY_MS = 60;
/** Speech at arm's length is about −35 dB, half the scale; a quiet room stays below a quarter. */
const HEARD_LEVEL = 0.35;

/** The camera or the microphone as the lobby tries it out. */
class LobbyDevice {
  readonly kind: Kind;
  wanted = $state(true);
  opening = $state(false);
  track = $state.raw<MediaStreamTrack | null>(null);
  problem = $state<DeviceProblem | null>(null);
  deviceId = $state('');
  #attempt = 0;
  /**
   * The track that is ours to stop, as a plain field: while a component is torn down Svelte answers with what its
   * state was before, and a track that was handed over to the room a moment ago would be stopped.
   */
  #own: MediaStreamTrack | null = null;

  constructor(kind: Kind) {
    this.kind = kind;
    this.deviceId = recall(kind);
  }

  async open(): Promise<void> {
    const attempt = ++this.#attempt;
    this.wanted = true;
    this.opening = true;
    this.problem = null;
    this.#stop();
    try {
      const track = await OPEN[this.kind](this.deviceId ? { deviceId: this.deviceId } : {});
      if (attempt !== this.#attempt) {
        track.stop();
        return;
      }
      track.addEventListener('ended', () => {
        if (this.#own !== track) return;
        this.#own = null;
        this.track = null;
        this.problem = 'absent';
      });
      this.#own = track;
      this.track = track;
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.problem = error instanceof CaptureError ? error.code : 'unknown';
    } finally {
      if (attempt === this.#attempt) this.opening = false;
    }
  }

  close(): void {
    this.#attempt += 1;
    this.wanted = false;
    this.opening = false;
    this.problem = null;
    this.#stop();
  }

  choose(deviceId: string): void {
    this.deviceId = deviceId;
    remember(this.kind, deviceId);
    if (this.wanted) void this.open();
  }

  /** Hands the track over; it is no longer ours to stop. */
  release(): MediaStreamTrack | null {
    const track = this.#own;
    this.#own = null;
    this.track = null;
    this.#attempt += 1;
    return track;
  }

  #stop(): void {
    this.#own?.stop();
    this.#own = null;
    this.track = null;
  }
}

export class LobbyDevices {
  readonly camera = new LobbyDevice('camera');
  readonly microphone = new LobbyDevice('microphone');
  cameras = $state.raw<DeviceChoice[]>([]);
  microphones = $state.raw<DeviceChoice[]>([]);
  speakers = $state.raw<DeviceChoice[]>([]);
  speakerId = $state(recall('speaker'));
  /** 0 to 1. */
  level = $state(0);
  /** Something was heard since the microphone opened. */
  heard = $state(false);

  /** Asks for the microphone first: a visit without a picture is a visit, one without sound is none. */
  async start(): Promise<void> {
    await this.microphone.open();
    await this.camera.open();
    await this.refresh();
  }

  /** Names of devices are only told once one of them is open. */
  async refresh(): Promise<void> {
    const found = await listDevices();
    const named = (devices: DeviceChoice[]) => devices.filter(({ deviceId }) => deviceId !== '');
    this.cameras = named(found.cameras);
    this.microphones = named(found.microphones);
    this.speakers = named(found.speakers);
  }

  /** To be run in an effect: follows the microphone that is open now. */
  watchLevel(track: MediaStreamTrack): () => void {
    this.heard = false;
    const meter = microphoneLevel(track);
    const timer = setInterval(() => {
      this.level = meter.read();
      if (this.level > HEARD_LEVEL) this.heard = true;
    }, LEVEL_EVERY_MS);
    return () => {
      clearInterval(timer);
      meter.close();
      this.level = 0;
    };
  }

  chooseSpeaker(deviceId: string): void {
    this.speakerId = deviceId;
    remember('speaker', deviceId);
  }

  stop(): void {
    this.camera.close();
    this.microphone.close();
  }
}

/** A choice outlives the visit; a browser that keeps nothing simply asks again. */
function recall(what: Kind | 'speaker'): string {
  try {
    return localStorage.getItem(`device.${what}`) ?? '';
  } catch {
    return '';
  }
}

function remember(what: Kind | 'speaker', deviceId: string): void {
  try {
    localStorage.setItem(`device.${what}`, deviceId);
  } catch {
    // Nothing is kept in private windows.
  }
}
