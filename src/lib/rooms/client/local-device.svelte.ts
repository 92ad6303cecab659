/** One thing that this browser can publish: the camera, the microphone or a shared screen. */
export class LocalDevice {
  status = $state<'off' | 'starting' | 'on' | 'paused' | 'failed'>('off');
  /** Why it failed: a capture error's code, for the page to say in words. */
  error = $state<string | null>(null);
  track = $state.raw<MediaStreamTrack | null>(null);
  mutedByHost = $state(false);

  starting(): void {
    this.status = 'starting';
    this.error = null;
  }

  started(track: MediaStreamTrack): void {
    this.track = track;
    this.status = 'on';
    this.error = null;
    this.mutedByHost = false;
  }

  failed(error: string): void {
    this.#stopTrack();
    this.status = 'failed';
    this.error = error;
  }

  paused(byHost: boolean): void {
    if (this.status !== 'on' && this.status !== 'paused') return;
    this.status = 'paused';
    this.mutedByHost = byHost;
    if (this.track) this.track.enabled = false;
  }

  resumed(): void {
    if (this.status !== 'paused') return;
    this.status = 'on';
    this.mutedByHost = false;
    if (this.track) this.track.enabled = true;
  }

  off(): void {
    this.#stopTrack();
    this.status = 'off';
    this.error = null;
    this.mutedByHost = false;
  }

  #stopTrack(): void {
    this.track?.stop();
    this.track = null;
  }
}
