/**
 * Reads a log as a whole and checks it: each block by its checksum and its hash, all hashes by the root, the root by the
 * author's signature.
 */

import { setImmediate } from 'node:timers/promises'
import { bytesToHex, equalBytes } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { Frontier, LogError, TreeHasher, verifyHead } from '@hamlet/log'
import type { Log } from '@hamlet/log'

export interface AuditReport {
  /** When the reading began. */
  readonly length: number
  /** Blocks read. */
  readonly read: number
  readonly bytes: number
  /** Blocks whose bytes were cleared; their hashes are part of what is checked. */
  readonly cleared: number
  /** Of the tree over all blocks, 64 hex digits. */
  readonly root: string
}

const STEP_BLOCKS = 1024

/** What the log holds now; others may use it meanwhile. @throws LogError `LOG_DAMAGED` with the place */
export async function auditLog(
  crypto: Crypto,
  log: Log,
  progress: (done: number, total: number) => void,
): Promise<AuditReport> {
  const { head, length } = log
  const hasher = new TreeHasher(crypto)
  const frontier = new Frontier(hasher)
  let [read, bytes] = [0, 0]
  for (let index = 0; index < length; index++) {
    const hash = log.leafHash(index)
    if (log.has(index)) {
      const block = log.get(index)
      if (!equalBytes(hasher.leaf(block), hash)) throw damaged('is not what was hashed', index)
      read++
      bytes += block.length
    }
    frontier.push(hash, [])
    if (index % STEP_BLOCKS !== 0) continue
    progress(index, length)
    await setImmediate()
  }
  const root = frontier.root()
  // A copy may know a head that is ahead of its blocks.
  if (head) {
    const isSigned = verifyHead(crypto, log.id, log.publicKey, head)
    if (!isSigned) throw damaged('the head is not signed by the author')
    if (head.length === length && !equalBytes(root, head.root)) {
      throw damaged('the blocks do not lead to the root')
    }
  }
  return { length, read, bytes, cleared: length - read, root: bytesToHex(root) }
}

function damaged(what: string, index?: number): LogError {
  if (index === undefined) return new LogError('LOG_DAMAGED', what)
  const fields = { fromBlock: index, toBlock: index + 1 }
  return new LogError('LOG_DAMAGED', `block ${index} ${what}`, { fields })
}
