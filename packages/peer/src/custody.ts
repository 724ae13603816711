/**
 * Whether the files of this device are as it left them.
 *
 * A device must never write twice at the same place of its log: others who saw both would hold a proof that it has two
 * histories. Files that were copied, or put back from a backup, end before what it wrote since. So a peer is told by
 * whoever knows its storage (`node/folder-seal.ts`) whether that may have happened, and how much it remembers to have
 * written in each space, kept apart from the spaces.
 */

import type { SpaceId } from '@hamlet/core'

export interface Custody {
  /** `false`: the files may be older than what this device last wrote. */
  readonly isUnbroken: boolean
  /** How much of its log in a space this device remembers to have written; 0 when it does not. */
  lengthOf(space: SpaceId): number
  /** Remembers it, soon. */
  note(space: SpaceId, length: number): void
  /** What was in doubt is written down elsewhere: from here on the files are as they should be. */
  renew(): Promise<void>
}

/** Of storage that nobody copies: it remembers nothing. */
export const UNBROKEN_CUSTODY: Custody = {
  isUnbroken: true,
  lengthOf: () => 0,
  note: () => undefined,
  renew: async () => undefined,
}
