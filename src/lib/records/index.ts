export { Records } from './records.ts';
export type { CaptureKey } from './capture-bytes.ts';
export type { RoomBoxEvent, RoomCapture, RoomRecord, Standing, StandingAt } from './room-record.ts';
export type { Gap, Span } from './timeline.ts';
