import { EnginePublisher } from './engine-publisher.ts';
import type { Publisher, PublisherPlace } from './publisher.ts';

export type PublisherName = 'native' | 'libwebrtc';

export const PUBLISHERS: Record<PublisherName, (place: PublisherPlace) => Publisher> = {
  native: (place) => new EnginePublisher('native', place),
  libwebrtc: (place) => new EnginePublisher('libwebrtc', place),
};
