import type { VitalsSourceConfig } from '../../../src/lib/signaling/contract/index.ts';

export type { VitalsSourceConfig } from '../../../src/lib/signaling/contract/index.ts';

export type ConfigOf<K extends VitalsSourceConfig['kind']> = Extract<VitalsSourceConfig, { kind: K }>;
