export { defaultDataDir } from './data-dir.ts';
export { EmbeddedPartError, FolderInUseError } from './errors.ts';
export { startEmbeddedPostgres } from './postgres.ts';
export type { EmbeddedPostgres } from './postgres.ts';
export { startEmbeddedRedis } from './redis.ts';
export type { EmbeddedRedis } from './redis.ts';
