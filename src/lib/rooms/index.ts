export { RoomArchive } from './archive.ts';
export { BoxCalls, type OpenCall } from './box-calls.ts';
export { RoomDirectory } from './directory.ts';
export type { NewRoomInput } from './new-room.ts';
export { Rooms, type RoomSummary } from './rooms.ts';
