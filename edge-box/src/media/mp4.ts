import {
  AV_CODEC_ID_H264,
  AVFMT_FLAG_CUSTOM_IO,
  AVMEDIA_TYPE_VIDEO,
  AVSEEK_CUR,
  AVSEEK_END,
  AVSEEK_SIZE,
} from 'node-av/constants';
import type { AVSeekWhence } from 'node-av/constants';
import { FFmpegError, FormatContext, IOContext, Packet, Rational } from 'node-av/lib';
import { nalType, nalUnitsOf } from '../devices/h264-stream.ts';
import type { VideoFormat } from '../devices/video-source.ts';

/** Of one encoded picture. */
export interface FilmUnit {
  data: Uint8Array;
  isKeyFrame: boolean;
  atMs: number;
}

const TICKS_PER_MS = 90;
const NAL_SPS = 7;
const NAL_PPS = 8;
const START_CODE = Uint8Array.of(0, 0, 0, 1);
/** Kept free in front of the pictures for the index, so that a browser can begin before it has the whole film: enough for 1000 pictures. */
const INDEX_BYTES = 32 * 1024;
const IO_BUFFER_BYTES = 64 * 1024;

/** One MP4 of H.264 units (Annex B), made in memory. The first is a key frame with its parameter sets; the last one lasts until `endMs`. */
export function mp4Of(format: VideoFormat, units: readonly FilmUnit[], endMs: number): Buffer {
  const [first] = units;
  if (!first) throw new Error('a film without pictures');
  const file = new MemoryFile(units.reduce((sum, { data }) => sum + data.length, 2 * INDEX_BYTES));
  using io = new IOContext();
  io.allocContextWithCallbacks(
    IO_BUFFER_BYTES,
    1,
    null,
    (bytes) => file.write(bytes),
    (offset, whence) => file.seek(offset, whence),
  );
  const muxer = new FormatContext();
  try {
    FFmpegError.throwIfError(muxer.allocOutputContext2(null, 'mp4', null), 'open an MP4');
    muxer.pb = io;
    muxer.setFlags(AVFMT_FLAG_CUSTOM_IO);
    FFmpegError.throwIfError(muxer.setOption('moov_size', INDEX_BYTES), 'room for the index');
    addStream(muxer, format, first.data);
    FFmpegError.throwIfError(muxer.writeHeaderSync(), 'begin an MP4');
    units.forEach((unit, i) => writeUnit(muxer, unit, first.atMs, units[i + 1]?.atMs ?? endMs));
    FFmpegError.throwIfError(muxer.writeTrailerSync(), 'end an MP4');
  } finally {
    // What it writes to goes first otherwise.
    muxer.pb = null;
    muxer.freeContext();
  }
  return file.bytes;
}

function addStream(muxer: FormatContext, { width, height }: VideoFormat, keyFrame: Uint8Array): void {
  const stream = muxer.newStream(null);
  const { codecpar } = stream;
  codecpar.codecType = AVMEDIA_TYPE_VIDEO;
  codecpar.codecId = AV_CODEC_ID_H264;
  codecpar.width = width;
  codecpar.height = height;
  codecpar.extradata = parameterSetsOf(keyFrame);
  stream.timeBase = new Rational(1, TICKS_PER_MS * 1000);
}

function writeUnit(muxer: FormatContext, unit: FilmUnit, beganMs: number, untilMs: number): void {
  const ticks = (ms: number): bigint => BigInt(Math.round((ms - beganMs) * TICKS_PER_MS));
  const { data, isKeyFrame, atMs } = unit;
  using packet = new Packet();
  packet.alloc();
  packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  packet.streamIndex = 0;
  packet.pts = ticks(atMs);
  packet.dts = packet.pts;
  packet.duration = ticks(untilMs) - packet.pts;
  packet.isKeyframe = isKeyFrame;
  FFmpegError.throwIfError(muxer.writeFrameSync(packet), 'write an MP4');
}

function parameterSetsOf(keyFrame: Uint8Array): Buffer {
  const sets = nalUnitsOf(keyFrame).filter((unit) => nalType(unit) === NAL_SPS || nalType(unit) === NAL_PPS);
  return Buffer.concat(sets.flatMap((set) => [START_CODE, set]));
}

/** What the muxer takes for a file. */
class MemoryFile {
  #content: Buffer;
  #length = 0;
  #at = 0;

  constructor(expectedBytes: number) {
    this.#content = Buffer.alloc(expectedBytes);
  }

  get bytes(): Buffer {
    return this.#content.subarray(0, this.#length);
  }

  write(bytes: Buffer): number {
    const end = this.#at + bytes.length;
    if (end > this.#content.length) this.#content = Buffer.concat([this.#content, Buffer.alloc(end)]);
    bytes.copy(this.#content, this.#at);
    this.#at = end;
    this.#length = Math.max(this.#length, end);
    return bytes.length;
  }

  seek(offset: bigint, whence: AVSeekWhence): bigint {
    if (whence === AVSEEK_SIZE) return BigInt(this.#length);
    const from = whence === AVSEEK_CUR ? this.#at : whence === AVSEEK_END ? this.#length : 0;
    this.#at = from + Number(offset);
    return BigInt(this.#at);
  }
}
