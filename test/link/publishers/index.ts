import { ChromiumPublisher } from './chromium-publisher.ts';
import { EnginePublisher } from './engine-publisher.ts';
import type { Publisher, PublisherPlace } from './publisher.ts';

export type PublisherName = 'native' | 'libwebrtc' | 'chromium';

export const PUBLISHERS: Record<PublisherName, (place: PublisherPlace) => Publisher> = {
  native: (place) => new EnginePublisher('native', place),
  libwebrtc: (place) => new EnginePublisher('libwebrtc', place),
  chromium: (place) => new ChromiumPublisher(place),
};
