/** What these modules need of a logger; a pino logger and `console` both fit. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
