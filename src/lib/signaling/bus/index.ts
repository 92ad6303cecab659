export type * from './types.ts';
export { openBus } from './open-bus.ts';
