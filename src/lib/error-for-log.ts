interface LoggedError {
  type: string;
  message: string;
  code?: string;
  /** Where it was thrown, without the message that a stack begins with. */
  stack: string;
  cause?: LoggedError;
}

/**
 * An error as a log may keep it. What is said of a failed query repeats the values it came with (Drizzle's `params`, PostgreSQL's `detail`, and
 * its message when a value was malformed), and those are patients': the statement and the code stay, the values do not. For pino's `err`.
 */
export function errorForLog(error: unknown): unknown {
  return error instanceof Error ? logged(error) : error;
}

function logged(error: Error): LoggedError {
  const { code, query } = error as { code?: unknown; query?: unknown };
  const stack = error.stack ?? '';
  const frames = stack.indexOf('\n    at ');
  const entry: LoggedError = {
    type: error.constructor.name,
    message: typeof query === 'string' && 'params' in error ? `Failed query: ${query}` : error.message,
    stack: frames < 0 ? '' : stack.slice(frames + 1),
  };
  if (typeof code === 'string') entry.code = code;
  // Class 22 of PostgreSQL's codes, "data exception", quotes the value.
  if (/^22...$/.test(entry.code ?? '')) entry.message = 'a value was malformed';
  if (error.cause instanceof Error) entry.cause = logged(error.cause);
  return entry;
}
