export { MediaPool, type MediaPoolOptions, type WorkerFigures } from './media-pool.ts';
export { ROUTER_CAPABILITIES } from './media-codecs.ts';
export type { RoomMedia } from './room-media.ts';
export type {
  ConsumeOptions,
  ConsumerSettings,
  Direction,
  LinkFigures,
  ProduceDataOptions,
  ProduceOptions,
  ProducerFigures,
  SessionFigures,
  TransportDescription,
  TransportFigures,
} from './sfu-types.ts';
