/** A file of a case, as the hub lists it for whoever looks. */
export interface ShownAttachment {
  attachmentId: string;
  name: string;
  mediaType: string;
  sizeBytes: number;
  addedAtMs: number;
  /** By whoever looks, now. */
  mayRemove: boolean;
}
