export type { BoxState, BoxTrouble } from './box-state.ts';
export type { ConfigVersion } from './configs.ts';
export { Fleet } from './fleet.ts';
export type { FleetBoxDetail } from './fleet.ts';
export type { HealthPoint } from './health.ts';
export type { LogBundle } from './logs.ts';
export type { FleetBox } from './roster.ts';
