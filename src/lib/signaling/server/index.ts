export type * from './types.ts';
export { attachSignaling } from './attach.ts';
export { DEFAULT_LIMITS } from './limits.ts';
