import type { Logger } from 'pino';
import type { BoxPrincipal } from '../identity/principal.ts';
import type { MediaPool } from '../sfu/index.ts';
import type { Bus } from '../signaling/bus/index.ts';
import type { BoxReport, BoxWishes, PatientConfirmation, PatientStrip } from '../signaling/contract/index.ts';
import type { RoomArchive } from './archive.ts';
import type { BoxCalls } from './box-calls.ts';
import type { RoomDirectory } from './directory.ts';

/** What rooms ask of the cases behind them, and tell them; a room without a case has nothing to hear. */
export interface CasesBehindRooms {
  /** Whether the room's case has stopped because nobody is sure who the patient is; null: there is no case. */
  standing(roomId: string): Promise<{ frozen: boolean } | null>;
  /** `refused`: another side, or another patient, than the case is for; `unasked`: it does not wait for this. */
  confirmedAtBedside(
    roomId: string,
    box: BoxPrincipal,
    said: {
      shown: Pick<PatientStrip, 'maskedName' | 'maskedId'>;
      laterality: PatientConfirmation['laterality'];
    },
  ): Promise<'taken' | 'refused' | 'unasked'>;
  /** Whose link an operation hangs on, as members of its room; null while none is led from afar in it. */
  operatingOver(roomId: string): Promise<{ remoteMemberIds: readonly string[] } | null>;
  /** How that link is; may be said again and again. */
  linkIs(roomId: string, link: 'good' | 'red'): Promise<void>;
}

/** What rooms stand on; given once by the composition root. */
export interface RoomServices {
  bus: Bus;
  media: MediaPool;
  directory: RoomDirectory;
  archive: RoomArchive;
  invitations: {
    /** The token is shown once; only its hash is kept. */
    create(invitation: {
      roomId: string;
      role: 'patient' | 'interpreter' | 'observer';
      name: string;
      validMinutes: number;
      createdBy: string;
    }): Promise<{ token: string; expiresAtMs: number }>;
  };
  /** Hears how boxes are, and answers what is wanted of them. */
  fleet: { report(box: BoxPrincipal, report: BoxReport): Promise<BoxWishes> };
  calls: BoxCalls;
  cases: CasesBehindRooms;
  memberGraceMs: number;
  log: Logger;
}
