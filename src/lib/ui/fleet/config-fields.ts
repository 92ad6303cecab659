import { m } from '../../paraglide/messages.js';

/** What the form asks for each kind of source: the same names as in the contract, which judges what was filled in. */
export interface Field {
  name: string;
  label: () => string;
  type: 'text' | 'number' | 'password' | 'checkbox' | 'select';
  options?: { value: string; label: string }[];
}
type Values = Record<string, unknown>;

export interface SourceKind {
  kind: string;
  label: () => string;
  fields: Field[];
  /** A new one of this kind. */
  blank: () => Values;
}

const text = (name: string, label: () => string): Field => ({ name, label, type: 'text' });
const number = (name: string, label: () => string): Field => ({ name, label, type: 'number' });
const password = (name: string, label: () => string): Field => ({ name, label, type: 'password' });
const asIs = (values: string[]) => values.map((value) => ({ value, label: value }));

const SIZE = [
  number('width', m.config_width),
  number('height', m.config_height),
  number('framesPerSecond', m.config_fps),
];
const size = () => ({ width: 1280, height: 720, framesPerSecond: 30 });
const ACCESS = [text('user', m.config_user), password('password', m.config_password)];
const FFMPEG = [text('url', m.config_address), text('inputFormat', m.config_format)];

export const VIDEO_SOURCES: SourceKind[] = [
  {
    kind: 'v4l2',
    label: m.config_kind_v4l2,
    fields: [text('deviceId', m.config_device), text('pixelFormat', m.config_pixel_format), ...SIZE],
    blank: () => ({ deviceId: 'v4l2:', ...size() }),
  },
  {
    kind: 'rtsp',
    label: m.config_kind_rtsp,
    fields: [
      text('url', m.config_address),
      ...ACCESS,
      { name: 'passThrough', label: m.config_passthrough, type: 'checkbox' },
      ...SIZE,
    ],
    blank: () => ({ url: 'rtsp://', ...size() }),
  },
  {
    kind: 'file',
    label: m.config_kind_file,
    fields: [text('path', m.config_path), ...SIZE],
    blank: () => ({ path: '', ...size() }),
  },
  {
    kind: 'ffmpeg',
    label: m.config_kind_ffmpeg,
    fields: [...FFMPEG, ...SIZE],
    blank: () => ({ url: '', ...size() }),
  },
  { kind: 'sector-scan', label: m.config_kind_sector_scan, fields: SIZE, blank: size },
  { kind: 'room-camera', label: m.config_kind_room_camera, fields: SIZE, blank: size },
];

export const AUDIO_SOURCES: SourceKind[] = [
  { kind: 'heart-sound', label: m.config_kind_heart_sound, fields: [], blank: () => ({}) },
  {
    kind: 'alsa',
    label: m.config_kind_alsa,
    fields: [text('deviceId', m.config_device)],
    blank: () => ({ deviceId: 'alsa:' }),
  },
  { kind: 'ffmpeg', label: m.config_kind_ffmpeg, fields: FFMPEG, blank: () => ({ url: '' }) },
];

export const TALK_BACK: SourceKind[] = [
  { kind: 'none', label: m.config_kind_none, fields: [], blank: () => ({}) },
  {
    kind: 'alsa',
    label: m.config_kind_alsa,
    fields: [text('deviceId', m.config_device)],
    blank: () => ({ deviceId: 'alsa:' }),
  },
];

const ID = text('id', m.config_id);

export const VITALS_SOURCES: SourceKind[] = [
  {
    kind: 'serial',
    label: m.config_kind_serial,
    fields: [
      ID,
      text('port', m.config_port),
      number('baudRate', m.config_baud),
      {
        name: 'protocol',
        label: m.config_protocol,
        type: 'select',
        options: asIs(['json-lines', 'masimo-ascii-1']),
      },
    ],
    blank: () => ({ id: 'monitor', port: '/dev/serial/by-id/', baudRate: 9600, protocol: 'json-lines' }),
  },
  {
    kind: 'ble',
    label: m.config_kind_ble,
    fields: [ID, text('address', m.config_address)],
    blank: () => ({ id: 'wearable', address: '' }),
  },
  {
    kind: 'mqtt',
    label: m.config_kind_mqtt,
    fields: [ID, text('url', m.config_address), text('topic', m.config_topic), ...ACCESS],
    blank: () => ({ id: 'mqtt', url: 'mqtt://', topic: '' }),
  },
  {
    kind: 'http',
    label: m.config_kind_http,
    fields: [
      ID,
      text('address', m.config_listen),
      number('port', m.config_port),
      password('token', m.config_token),
    ],
    blank: () => ({ id: 'http', address: '127.0.0.1', port: 8080, token: '' }),
  },
  {
    kind: 'replay',
    label: m.config_kind_replay,
    fields: [
      ID,
      {
        name: 'record',
        label: m.config_record,
        type: 'select',
        options: asIs(['ecg-mitdb-208', 'ecg-mitdb-208-12-leads']),
      },
    ],
    blank: () => ({ id: 'replay', record: 'ecg-mitdb-208' }),
  },
];
