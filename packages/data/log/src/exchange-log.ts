/**
 * What an exchange needs of a log it shares, whichever shape it has: what is served, and what is done with what comes.
 *
 * A complete log (an author's, or a copy from the beginning on) is copied by ranges (replication.ts): cheapest for everything. A sparse
 * copy takes and gives pieces (piece-download.ts). A complete log gives both.
 */

import type { Cancel, LogId, Result } from '@hamlet/core'
import type { BlockEvent } from './block-source.ts'
import type { LogRangeError } from './errors.ts'
import type { LogHead } from './head.ts'
import { Log } from './log.ts'
import type { PieceSource } from './piece-source.ts'
import { pieceSourceOf } from './piece-source.ts'
import type { SparseLog } from './sparse-log.ts'
import type { Truncation } from './types.ts'

export interface SharedLog extends PieceSource {
  readonly id: LogId
  readonly fork: number
  readonly head: LogHead | undefined
  /** Copied by ranges, from the beginning. */
  readonly complete: Log | undefined
  /** Copied by pieces. */
  readonly sparse: SparseLog | undefined
  /** Every truncation, the oldest first. */
  readonly truncations: readonly Truncation[]
  acceptTruncation(truncation: Truncation): Promise<Result<undefined, LogRangeError>>
  storedRanges(): readonly (readonly [from: number, to: number])[]
  watch(listener: (event: BlockEvent) => void): Cancel
}

export function sharedLogOf(log: Log | SparseLog): SharedLog {
  return log instanceof Log ? sharedCompleteLog(log) : sharedSparseLog(log)
}

function sharedCompleteLog(log: Log): SharedLog {
  const source = pieceSourceOf(log)
  return {
    id: log.id,
    complete: log,
    sparse: undefined,
    get head() {
      return source.head
    },
    get length() {
      return source.length
    },
    get fork() {
      return log.fork
    },
    peek: (index) => source.peek(index),
    node: (number) => source.node(number),
    get truncations() {
      return log.truncations
    },
    acceptTruncation: (truncation) => log.acceptTruncation(truncation),
    storedRanges: () => log.storedRanges(),
    watch: (listener) => log.watch(listener),
  }
}

function sharedSparseLog(log: SparseLog): SharedLog {
  return {
    id: log.id,
    complete: undefined,
    sparse: log,
    get head() {
      return log.head
    },
    get length() {
      return log.length
    },
    get fork() {
      return log.fork
    },
    peek: (index) => log.peek(index),
    node: (number) => log.node(number),
    get truncations() {
      return log.truncations
    },
    acceptTruncation: (truncation) => log.acceptTruncation(truncation),
    storedRanges: () => log.storedRanges(),
    watch: (listener) => log.watch(listener),
  }
}
