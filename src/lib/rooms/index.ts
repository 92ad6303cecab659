export { RoomArchive } from './archive.ts';
export { BoxCalls, type OpenCall } from './box-calls.ts';
export { insertRoom, RoomDirectory } from './directory.ts';
export type { NewRoom, NewRoomInput } from './new-room.ts';
export { Rooms, type RoomSummary } from './rooms.ts';
