import { describe, expect, it } from 'vitest';
import { SettingsError, readSettings } from './settings.ts';

describe('box settings', () => {
  it('needs only the address of the hub', () => {
    const settings = readSettings({ HUB_URL: 'http://127.0.0.1:3000', ENROL_CODE: '' });
    expect(settings.FEEDS.video.map(({ slot }) => slot)).toEqual(['probe', 'room']);
    expect(settings.ENROL_CODE).toBeUndefined();
    expect(settings.BOX_ENGINE).toBe('native');
  });

  it('takes feeds as JSON', () => {
    const source = {
      kind: 'ffmpeg',
      url: 'testsrc',
      inputFormat: 'lavfi',
      width: 640,
      height: 360,
      framesPerSecond: 30,
    };
    const feed = {
      slot: 'scope',
      streamClass: 'clinical',
      label: '',
      source,
      minBitrateKbps: 100,
      maxBitrateKbps: 900,
    };
    const FEEDS = JSON.stringify({ video: [feed], audio: null, vitalsSlot: null });
    expect(readSettings({ HUB_URL: 'https://hub.example', FEEDS }).FEEDS.video).toEqual([feed]);
  });

  it.each([
    [{}, 'HUB_URL'],
    [{ HUB_URL: 'ftp://hub' }, 'HUB_URL'],
    [{ HUB_URL: 'http://hub', FEEDS: '{' }, 'FEEDS: not JSON'],
    [{ HUB_URL: 'http://hub', FEEDS: '{"video":[{}],"audio":null,"vitalsSlot":null}' }, 'FEEDS.video.0.slot'],
    [{ HUB_URL: 'http://hub', ENROL_CODE: 'abc' }, 'ENROL_CODE'],
    [{ HUB_URL: 'http://hub', UPDATE_PUBLIC_KEY: 'A'.repeat(59) }, 'UPDATE_PUBLIC_KEY'],
    [{ HUB_URL: 'http://hub', BOX_ENGINE: 'gstreamer' }, 'BOX_ENGINE'],
  ])('refuses %j and says which', (environment, named) => {
    expect(() => readSettings(environment)).toThrow(SettingsError);
    expect(() => readSettings(environment)).toThrow(named);
  });
});
