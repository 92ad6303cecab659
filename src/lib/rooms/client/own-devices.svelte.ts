import { PUBLISH_CAPABILITY, type RoomCapability, type RoomState } from '../../signaling/contract/index.ts';
import {
  CaptureError,
  openCamera,
  openMicrophone,
  openScreen,
  type MediaSession,
} from '../../sfu/client/index.ts';
import { LocalDevice } from './local-device.svelte.ts';

export type DeviceName = 'camera' | 'microphone' | 'screen';
const NAMES: readonly DeviceName[] = ['camera', 'microphone', 'screen'];
const STREAM_CLASS = { camera: 'face', microphone: 'voice', screen: 'screen' } as const;

/** What the devices need of the room that they are shown to. */
export interface DeviceRoom {
  media(): MediaSession | null;
  capabilities(): ReadonlySet<RoomCapability>;
  /** Media steps one after the other. */
  inTurn(step: () => Promise<void>): void;
}

/** The own camera, microphone and screen: opened, shown to the room, muted, let go. */
export class OwnDevices implements Record<DeviceName, LocalDevice> {
  readonly camera = new LocalDevice();
  readonly microphone = new LocalDevice();
  readonly screen = new LocalDevice();
  readonly #room: DeviceRoom;

  constructor(room: DeviceRoom) {
    this.#room = room;
  }

  /** Takes over a track that the lobby, or the browser, has opened. */
  adopt(name: DeviceName, track: MediaStreamTrack): void {
    const device = this[name];
    device.started(track);
    // A cable pulled, or the browser's own "stop sharing".
    track.addEventListener('ended', () => {
      if (device.track !== track) return;
      if (name === 'screen') device.off();
      else device.failed('lost');
      this.#unpublish(name);
    });
  }

  async publishAll(): Promise<void> {
    for (const name of NAMES) await this.#publish(name);
  }

  async #publish(name: DeviceName): Promise<void> {
    const device = this[name];
    const media = this.#room.media();
    if (!device.track || !media) return;
    const streamClass = STREAM_CLASS[name];
    // Somebody who knocked learns the own role only inside: an observer's microphone goes off again.
    if (!this.#room.capabilities().has(PUBLISH_CAPABILITY[streamClass])) {
      device.off();
      return;
    }
    const paused = device.status === 'paused';
    await media.publish({ slot: name, track: device.track, streamClass, label: '', paused });
  }

  #unpublish(name: DeviceName): void {
    this.#room.inTurn(async () => this.#room.media()?.unpublish(name));
  }

  async setCamera(on: boolean): Promise<void> {
    if (on) return this.#open('camera', () => openCamera());
    if (this.camera.status === 'starting') return;
    // The camera's light goes out when the camera is off.
    this.camera.off();
    this.#unpublish('camera');
  }

  async setMicrophone(on: boolean): Promise<void> {
    const { microphone } = this;
    // A muted microphone stays open, so that the first word after it is not lost.
    if (on && microphone.status === 'paused') {
      microphone.resumed();
      this.#setPaused('microphone', false);
    } else if (on) {
      await this.#open('microphone', () => openMicrophone());
    } else if (microphone.status !== 'starting') {
      microphone.paused(false);
      this.#setPaused('microphone', true);
    }
  }

  #setPaused(name: DeviceName, paused: boolean): void {
    this.#room.inTurn(async () => this.#room.media()?.setPaused(name, paused));
  }

  shareScreen(): Promise<void> {
    return this.#open('screen', openScreen);
  }

  stopScreen(): void {
    this.screen.off();
    this.#unpublish('screen');
  }

  async #open(name: DeviceName, open: () => Promise<MediaStreamTrack>): Promise<void> {
    const device = this[name];
    if (device.status === 'on' || device.status === 'starting') return;
    // A face that a host muted is shown again.
    if (device.status === 'paused') {
      device.resumed();
      this.#setPaused(name, false);
      return;
    }
    device.starting();
    try {
      this.adopt(name, await open());
    } catch (error) {
      // Closing the browser's chooser is a choice, not a failure.
      if (name === 'screen' && error instanceof CaptureError && error.code === 'denied') device.off();
      else device.failed(error instanceof CaptureError ? error.code : 'unknown');
      return;
    }
    this.#room.inTurn(() => this.#publish(name));
  }

  /** What the hub says of the own feeds: a host may have muted one. */
  settle(state: RoomState, memberId: string | null): void {
    for (const feed of Object.values(state.feeds)) {
      if (feed.memberId !== memberId || !feed.mutedByHost) continue;
      const device = this[feed.slot as DeviceName] as LocalDevice | undefined;
      if (!device || device.mutedByHost || device.status === 'off') continue;
      device.paused(true);
      this.#room.inTurn(async () => this.#room.media()?.setPausedByHub(feed.slot));
    }
  }

  /** Lets every device go, so that no light stays on. */
  off(): void {
    for (const name of NAMES) this[name].off();
  }
}
