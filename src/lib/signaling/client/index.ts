export type * from './types.ts';
export { connectSignaling } from './connect.ts';
export { nowMs } from './clock.ts';
