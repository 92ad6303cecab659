/** Who operates: exactly one person at any time, and how it came to that. */
export interface Authority {
  accountId: string;
  sinceMs: number;
  how: 'booked' | 'started' | 'handed_over' | 'taken_over' | 'link_red' | 'ended';
}

export interface Command {
  authority: Authority;
  /** What went before, oldest first. */
  authorityLog: readonly Authority[];
  /** Offered, and not yet accepted. */
  offer: { to: string; atMs: number } | null;
}

export const commandOf = (accountId: string, atMs: number): Command => ({
  authority: { accountId, sinceMs: atMs, how: 'booked' },
  authorityLog: [],
  offer: null,
});

/** Passes authority on; whatever was offered before is void. */
export function given<C extends Command>(command: C, to: string, how: Authority['how'], atMs: number): C {
  const { authority } = command;
  if (authority.accountId === to && how !== 'started') return { ...command, offer: null };
  return {
    ...command,
    authority: { accountId: to, sinceMs: atMs, how },
    authorityLog: [...command.authorityLog, authority],
    offer: null,
  };
}
