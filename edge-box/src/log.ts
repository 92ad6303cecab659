/** One JSON line an event, for whatever collects the box's output. Never secrets, never what a patient said or is. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Record<string, unknown>,
) => void;

export const jsonLog: Log = (level, message, fields = {}) => {
  const entry = { time: new Date().toISOString(), level, name: 'edge-box', msg: message, ...fields };
  process.stdout.write(`${JSON.stringify(entry)}\n`);
};

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
