import { applyEvent, HubError, type RoomEvent, type RoomState } from '../signaling/contract/index.ts';
import type { RoomServices } from './services.ts';

type Kept = Pick<RoomServices, 'bus' | 'archive' | 'log'>;

/** Snapshot, else the empty room; then the archive where the log was cut or lost; then the log. */
export async function restoreRoom(kept: Kept, empty: RoomState): Promise<RoomState> {
  const { bus, archive } = kept;
  const { roomId } = empty;
  let state = (await bus.log.loadSnapshot(roomId)) ?? empty;
  const archivedSeq = await archive.lastSeq(roomId);
  const logged = await bus.log.readSince(roomId, state.seq);
  const lastLogged = logged === 'trimmed' ? 0 : (logged.at(-1)?.seq ?? 0);
  // Also when Redis forgot only its last moments: the archive may have what was acknowledged in them.
  if (archivedSeq > Math.max(state.seq, lastLogged)) {
    for (const event of await archive.readSince(roomId, state.seq)) state = applyEvent(state, event);
  }
  for (const event of await loggedSince(kept, roomId, state.seq)) state = applyEvent(state, event);
  await archiveRest(kept, roomId, archivedSeq);
  return state;
}

/** A home that stopped while the database was away left events to the log; the snapshot may be ahead of them. */
async function archiveRest({ bus, archive, log }: Kept, roomId: string, archivedSeq: number): Promise<void> {
  const events = await bus.log.readSince(roomId, archivedSeq);
  if (events !== 'trimmed') {
    for (const event of events) archive.add(event);
    return;
  }
  // No log at all: nothing is left to copy.
  if ((await bus.log.readSince(roomId, 0)) !== 'trimmed') return;
  log.error({ roomId, archivedSeq }, 'events behind this number are neither in the log nor in the archive');
}

async function loggedSince({ bus }: Kept, roomId: string, seq: number): Promise<RoomEvent[]> {
  const { log } = bus;
  const events = await log.readSince(roomId, seq);
  if (events !== 'trimmed') return events;
  // Redis lost its data: what snapshot and archive had is what there is, and a new log begins behind it.
  const whole = await log.readSince(roomId, 0);
  if (whole !== 'trimmed' && whole.length === 0) return [];
  throw new HubError('internal', `events of room ${roomId} are missing behind ${seq}`);
}
