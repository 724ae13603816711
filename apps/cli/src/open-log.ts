/** A log of this machine while a command has it open. */

import type { Log } from '@hamlet/log'

export interface LocalLog {
  readonly name: string
  readonly log: Log
  /** The verifier key, as tools for signed notes take it. */
  readonly key: string
  readonly directory: string
  /** Of the author's key; a copy has none. */
  readonly seed?: Uint8Array
}
