export {
  CaptureError,
  listDevices,
  microphoneLevel,
  openCamera,
  openMicrophone,
  openScreen,
  type CaptureDevices,
  type CaptureErrorCode,
} from './capture.ts';
export { MediaSession, type MediaNotice } from './media-session.ts';
export type { PublishRequest } from './publisher.ts';
export { networkProbe, type NetworkFigures } from './network-probe.ts';
export { WAITING_QUALITY, type FeedQuality } from './quality.ts';
export type { Layers, RemoteFeed } from './remote-feed.ts';
export type { MediaRequestType, Signals } from './signals.ts';
export type { LinkState } from './transport-link.ts';
