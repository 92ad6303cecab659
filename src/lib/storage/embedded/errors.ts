/** A part that the hub runs itself (database, Redis) could not be started; the message says what to do. */
export class EmbeddedPartError extends Error {
  override name = 'EmbeddedPartError';
}

/** Another process is using this folder. */
export class FolderInUseError extends EmbeddedPartError {
  override name = 'FolderInUseError';
}
