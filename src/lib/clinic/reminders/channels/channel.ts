import type { reminder } from '../../../storage/index.ts';

export type ReminderRow = typeof reminder.$inferSelect;

/** A way to tell somebody something outside the hub. */
export interface Channel {
  /** Resolves once the other side has taken it. @throws {DeliveryFailed} anything else counts as worth another try */
  deliver(row: ReminderRow): Promise<void>;
}

/** Why somebody could not be told. The reason is kept with the reminder: no address, no secret, nothing of the patient in it. */
export class DeliveryFailed extends Error {
  override name = 'DeliveryFailed';
  /** Another try would fail as well. */
  readonly isFinal: boolean;

  constructor(reason: string, { isFinal, ...options }: ErrorOptions & { isFinal: boolean }) {
    super(reason, options);
    this.isFinal = isFinal;
  }
}
