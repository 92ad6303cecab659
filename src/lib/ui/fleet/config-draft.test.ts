import { expect, it } from 'vitest';
import { boxConfigSchema, type BoxConfig } from '../../signaling/contract/index.ts';
import { documentOf, draftOf, issuesOf } from './config-draft.ts';
import { AUDIO_SOURCES, TALK_BACK, VIDEO_SOURCES, VITALS_SOURCES } from './config-fields.ts';

const config: BoxConfig = {
  video: [
    {
      slot: 'scope',
      label: '',
      streamClass: 'clinical',
      modality: 'ES',
      source: {
        kind: 'rtsp',
        url: 'rtsp://10.0.0.5/live',
        user: 'u',
        width: 1280,
        height: 720,
        framesPerSecond: 30,
      },
      minBitrateKbps: 500,
      maxBitrateKbps: 4000,
      recordWhenThin: true,
    },
  ],
  audio: { slot: 'sound', label: '', bitrateKbps: 48, source: { kind: 'alsa', deviceId: 'alsa:usb' } },
  vitalsSlot: 'vitals',
  vitalsSources: [{ kind: 'ble', id: 'watch', address: 'AA:BB:CC:DD:EE:FF' }],
  talkBack: { kind: 'alsa', deviceId: 'alsa:usb' },
  updateChannel: 'beta',
};

it('comes out of the form as it went in', () => {
  expect(documentOf(draftOf(config))).toEqual(config);
  const small: BoxConfig = { video: [], audio: null, vitalsSlot: null, updateChannel: 'none' };
  expect(documentOf(draftOf(small))).toEqual(small);
});

it('names what is wrong by the field and in words', () => {
  const draft = draftOf(config);
  draft.video[0]!.minBitrateKbps = 5000;
  draft.video[0]!.source['width'] = 7;
  draft.video[0]!.source['url'] = 'rtsp://u:p@10.0.0.5/live';
  draft.audio.bitrateKbps = null;
  draft.vitals.sources[0]!['address'] = 'no address';
  expect(Object.keys(issuesOf(documentOf(draft))).sort()).toEqual([
    'audio.bitrateKbps',
    'video.0.minBitrateKbps',
    'video.0.source.url',
    'video.0.source.width',
    'vitalsSources.0.address',
  ]);
  const second = draftOf(config);
  second.audio.slot = 'scope';
  expect(Object.keys(issuesOf(documentOf(second)))).toEqual(['video']);
});

it('has fields for every kind of source that the contract knows, and no others', () => {
  const kinds = (schema: { options: { shape: { kind: { value: string } } }[] }) =>
    schema.options.map((option) => option.shape.kind.value).sort();
  const shape = boxConfigSchema.shape as never as Record<string, never>;
  const inside = (schema: never, path: string[]): never =>
    path.reduce<never>((at, name) => (at as never as Record<string, never>)[name]!, schema);
  const listed = (kindsOfForm: { kind: string }[]) => kindsOfForm.map(({ kind }) => kind).sort();
  expect(listed(VIDEO_SOURCES)).toEqual(kinds(inside(shape['video']!, ['element', 'shape', 'source'])));
  expect(listed(VITALS_SOURCES)).toEqual(
    kinds(inside(shape['vitalsSources']!, ['def', 'innerType', 'element'])),
  );
  expect(listed(AUDIO_SOURCES)).toEqual(
    kinds(inside(shape['audio']!, ['def', 'innerType', 'shape', 'source', 'def', 'innerType'])),
  );
  expect(listed(TALK_BACK)).toEqual(kinds(inside(shape['talkBack']!, ['def', 'innerType'])));
});
