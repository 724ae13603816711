/**
 * Branches: making a copy of another history of a log that is here already.
 *
 * The author of a log has signed two histories, one of which is here. A peer's range of the other begins where both are
 * still the same; what comes before it is taken from the copy that is here, under the head of the other history, so that the
 * new copy verifies every block against that head as if all of it had come from the peer.
 */

import { FRAME_BYTES_MAX } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { leafLengths } from './acceptance.ts'
import type { Log } from './log.ts'
import { OverlayTree, PartialTree } from './partial-tree.ts'
import type { LogRange } from './range.ts'
import type { LeafLength } from './recovery.ts'
import { TreeHasher, consistencyShape } from './tree.ts'

const BATCH_BLOCKS = 1024
const BATCH_BYTES = FRAME_BYTES_MAX

/**
 * The blocks of `log` before `range`, from `from` on, as ranges under the head of `range`. Ranges whose proofs do not hold when
 * the histories part before `range` does: the copy refuses them.
 */
export function* rangesBefore(
  crypto: Crypto,
  log: Log,
  range: LogRange,
  leafLength: LeafLength,
  from = 0,
): Generator<LogRange, void, undefined> {
  const hasher = new TreeHasher(crypto)
  const lengths = leafLengths(range.blocks, leafLength)
  if (!lengths.ok || range.from > log.length) return
  const leaves = range.blocks.map((block, i) => hasher.leaf(block.subarray(0, lengths.value[i])))
  const here = { hash: (start: number, end: number) => log.treeHash(start, end) }
  const known = new OverlayTree(hasher, here, range.from, leaves)
  const { head, extension } = range
  const tree = new PartialTree(hasher, known, range.from + leaves.length, head.length, extension)
  for (const blocks of batches(log.blocks(from, range.from))) {
    const end = from + blocks.length
    const proof = consistencyShape(end, head.length).map(({ start, end }) => tree.hash(start, end))
    yield { from, blocks, head, extension: end === head.length ? [] : proof }
    from = end
  }
}

function* batches(blocks: Iterable<Uint8Array>): Generator<Uint8Array[], void, undefined> {
  let batch: Uint8Array[] = []
  let bytes = 0
  for (const block of blocks) {
    if (batch.length === BATCH_BLOCKS || (batch.length > 0 && bytes + block.length > BATCH_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(block)
    bytes += block.length
  }
  if (batch.length > 0) yield batch
}
