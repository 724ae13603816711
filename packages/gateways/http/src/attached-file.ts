/** Files that messages and bills carry, as faces see them. Their bytes: see `AttachmentsApi`. */

/** A file that is kept for what is written next; unused, it is dropped after a day. */
export interface PreparedFile {
  readonly id: string
  readonly name: string
  /** What the name tells, such as `image/png`; empty when it tells nothing. */
  readonly mediaType: string
  readonly sizeBytes: number
}

/** A file of a message; the id is the message's with its place behind a dot. */
export interface MessageFile {
  readonly id: string
  readonly name: string
  /** What its author says it is; may be empty. */
  readonly mediaType: string
  readonly sizeBytes: number
}

/** A receipt or another file on an expense; the id is the expense's and its own, with a dot between. */
export interface AttachedFile extends MessageFile {
  readonly person: string
  readonly atMs: number
}
