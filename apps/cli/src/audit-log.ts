/**
 * Reads a log as a whole and checks it: each block by its checksum and its hash, all hashes by the root, the root by the
 * author's signature.
 */

import { equalBytes } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { Frontier, LogError, TreeHasher, verifyHead } from '@hamlet/log'
import type { Log } from '@hamlet/log'

export interface AuditReport {
  /** Blocks read. */
  readonly read: number
  readonly bytes: number
  /** Blocks whose bytes were cleared; their hashes are part of what is checked. */
  readonly cleared: number
}

const STEP_BLOCKS = 1024

/** @throws LogError `LOG_DAMAGED` with the place */
export function auditLog(
  crypto: Crypto,
  log: Log,
  progress: (done: number, total: number) => void,
): AuditReport {
  const hasher = new TreeHasher(crypto)
  const frontier = new Frontier(hasher)
  let [read, bytes] = [0, 0]
  for (let index = 0; index < log.length; index++) {
    const hash = log.leafHash(index)
    if (log.has(index)) {
      const block = log.get(index)
      if (!equalBytes(hasher.leaf(block), hash)) throw damaged('is not what was hashed', index)
      read++
      bytes += block.length
    }
    frontier.push(hash, [])
    if (index % STEP_BLOCKS === 0) progress(index, log.length)
  }
  const { head } = log
  if (head) {
    const isSigned = verifyHead(crypto, log.id, log.publicKey, head)
    if (!isSigned) throw damaged('the head is not signed by the author')
    if (!equalBytes(frontier.root(), head.root)) throw damaged('the blocks do not lead to the root')
  }
  return { read, bytes, cleared: log.length - read }
}

function damaged(what: string, index?: number): LogError {
  if (index === undefined) return new LogError('LOG_DAMAGED', what)
  const fields = { fromBlock: index, toBlock: index + 1 }
  return new LogError('LOG_DAMAGED', `block ${index} ${what}`, { fields })
}
