/** The errors of swarms: what a download ends with, and what sources do wrong, which is no error of ours and never thrown. */

import { HamletError } from '@hamlet/core'

/** Every code is explained in `docs/errors.md`. */
export type SwarmErrorCode =
  | 'SWARM_STOPPED'
  /** In a status: the disk failed without a code. */
  | 'SWARM_DISK'

export class SwarmError extends HamletError<SwarmErrorCode> {
  override readonly name = 'SwarmError'
}

/** Why a source is refused: it sent no message, or wrong bytes, or what nobody asked, or too much. */
export interface SwarmFault {
  readonly code: 'SWARM_MALFORMED' | 'SWARM_WRONG_CHUNK' | 'SWARM_UNASKED' | 'SWARM_FLOOD'
  readonly message: string
}
