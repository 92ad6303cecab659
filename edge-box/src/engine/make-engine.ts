import type { BoxClock } from '../clock.ts';
import type { Engine, EngineConfig, EngineName } from './engine.ts';
import { LibwebrtcEngine } from './libwebrtc/libwebrtc-engine.ts';
import type { SpareFeeds } from '../media/spare-feeds.ts';
import { NativeEngine } from './native/native-engine.ts';

/** @throws {EngineUnavailable} when this machine lacks what the engine needs; the message says what to do. */
export function makeEngine(
  name: EngineName,
  config: EngineConfig,
  clock: BoxClock,
  spares?: SpareFeeds,
): Engine {
  return name === 'libwebrtc' ? new LibwebrtcEngine(config, clock) : new NativeEngine(config, clock, spares);
}
