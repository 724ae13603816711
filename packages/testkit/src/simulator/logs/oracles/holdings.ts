/** What honest peers hold: every block where its author wrote it, under heads that the author signed, and never older ones. */

import type { Crypto } from '@hamlet/core'
import { Log, verifyHead } from '@hamlet/log'
import type { SparseLog } from '@hamlet/log'
import type { Problem } from '../../oracles/problem.ts'
import type { AuthorModel } from '../author-model.ts'

/** Of the blocks [from, to) that are here and can be read now. */
export function findWrongBlock(
  author: Pick<AuthorModel, 'name' | 'holds'>,
  log: Log | SparseLog,
  [from, to]: readonly [from: number, to: number],
  who: string,
): Problem | undefined {
  for (let index = from; index < Math.min(to, log.length); index++) {
    const block = readable(log, index)
    if (block === undefined || author.holds(log.fork, index, block)) continue
    const detail = `${who} holds a block ${index} of fork ${log.fork} that ${author.name} did not write there`
    return { oracle: 'no wrong block', detail }
  }
  return undefined
}

export interface SeenHead {
  readonly fork: number
  /** Of the head. */
  readonly length: number
  /** In a complete copy, the blocks that are here. */
  readonly blocks: number
}

/**
 * The head of a copy is signed, speaks of what was written, and is not older than the one before it. A complete copy may take
 * blocks from a peer who has not heard of the newest head: then its head is the one that proves them.
 */
export function findBadHead(
  crypto: Crypto,
  author: AuthorModel,
  log: Log | SparseLog,
  before: SeenHead,
  who: string,
): Problem | undefined {
  const { head, fork } = log
  const now = { fork, length: head?.length ?? 0, blocks: log instanceof Log ? log.length : 0 }
  const told = `${who} is at fork ${now.fork}, ${now.length} blocks, of ${author.name}`
  const isShorter = now.length < before.length && now.blocks <= before.blocks
  const isOlder = now.fork < before.fork || (now.fork === before.fork && isShorter)
  if (isOlder) {
    return { oracle: 'heads', detail: `${told}, and was at ${before.fork}, ${before.length}` }
  }
  if (head === undefined) return undefined
  if (!verifyHead(crypto, author.id, author.publicKey, head, fork)) {
    return { oracle: 'heads', detail: `${told}, which nobody signed` }
  }
  // Fsync before send: nobody hears of a block that its author does not show yet.
  const written = author.lengthOf(fork)
  if (author.isHonest && !author.isUnread && (written === undefined || head.length > written)) {
    return { oracle: 'heads', detail: `${told}, who shows ${written ?? 'no such fork'}` }
  }
  return undefined
}

/** A disk that fails to read is no wrong block. */
function readable(log: Log | SparseLog, index: number): Uint8Array | undefined {
  try {
    return log.peek(index)
  } catch {
    return undefined
  }
}
