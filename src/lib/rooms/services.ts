import type { Logger } from 'pino';
import type { BoxPrincipal } from '../identity/principal.ts';
import type { MediaPool } from '../sfu/index.ts';
import type { Bus } from '../signaling/bus/index.ts';
import type { BoxReport, BoxWishes } from '../signaling/contract/index.ts';
import type { RoomArchive } from './archive.ts';
import type { BoxCalls } from './box-calls.ts';
import type { RoomDirectory } from './directory.ts';

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
  memberGraceMs: number;
  log: Logger;
}
