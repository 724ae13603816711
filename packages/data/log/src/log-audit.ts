/**
 * An audit: everything of a log is read again, and what is not as it was written is named.
 *
 * Segments frame by frame; the tree from its leaves up, beside the tree file, and to the signed head; the index entry by entry.
 */

import { equalBytes } from '@hamlet/core'
import { FRAME_HEADER_BYTES, FRAME_TYPE_OFFSET } from './frame.ts'
import { salvage } from './salvage.ts'
import { isPrefixOfHead } from './state.ts'
import { Frontier, nodeCount } from './tree.ts'
import type { LogPosition } from './frame.ts'
import type { RecoveryContext } from './recovery.ts'
import type { LogDamage } from './salvage.ts'
import type { LogState } from './state.ts'
import type { LeafRange } from './tree.ts'

export interface AuditReport {
  readonly length: number
  /** Bytes of the blocks, those cleared included. */
  readonly byteLength: number
  readonly damages: readonly LogDamage[]
  readonly cleared: readonly LeafRange[]
  /** The blocks lead to the signed head; where some are damaged, the tree file stands in for them. */
  readonly isSigned: boolean
  /** Derived: made anew when needed. */
  readonly isTreeSound: boolean
  /** Derived: made anew when needed. */
  readonly isIndexSound: boolean
  readonly areUserDataSound: boolean
}

export function auditLog(
  context: RecoveryContext,
  state: LogState,
): Omit<AuditReport, 'areUserDataSound'> {
  const audit = new Audit(context)
  salvage(context, state.length, {
    block: (index, frame, position) => {
      const block = frame.subarray(FRAME_HEADER_BYTES)
      const leafBytes = context.leafLength(block) ?? block.length
      const input = frame.subarray(FRAME_TYPE_OFFSET, FRAME_HEADER_BYTES + leafBytes)
      audit.leaf(index, context.hasher.prefixedLeaf(input), block.length, position, false)
    },
    cleared: (index, { leafHash, bytes }, position) => {
      audit.leaf(index, leafHash, bytes, position, true)
    },
    head: () => undefined,
    damaged: (damage) => audit.damaged(damage),
  })
  return audit.report(state)
}

class Audit {
  readonly #context: RecoveryContext
  readonly #frontier: Frontier
  readonly #damages: LogDamage[] = []
  readonly #cleared: { start: number; end: number }[] = []
  #byteLength = 0
  #isTreeSound = true
  #isIndexSound = true

  constructor(context: RecoveryContext) {
    this.#context = context
    this.#frontier = new Frontier(context.hasher)
  }

  leaf(
    index: number,
    hash: Uint8Array,
    bytes: number,
    { segment, offset }: LogPosition,
    isCleared: boolean,
  ): void {
    this.#push(hash)
    this.#byteLength += bytes
    if (isCleared) this.#addCleared(index)
    const place = this.#tried(() => this.#context.derived.place(index))
    const isPlace = place?.segment === segment && place.offset === offset && place.bytes === bytes
    if (!isPlace || place.isCleared !== isCleared) this.#isIndexSound = false
  }

  damaged(damage: LogDamage): void {
    this.#damages.push(damage)
    for (let index = damage.from; index < damage.to; index++) {
      const { derived, hasher } = this.#context
      this.#push(this.#tried(() => derived.leafHash(index)) ?? hasher.empty())
      this.#byteLength += this.#tried(() => derived.place(index))?.bytes ?? 0
    }
  }

  report(state: LogState): Omit<AuditReport, 'areUserDataSound'> {
    const { crypto } = this.#context
    const { length, head, extension } = state
    const root = this.#frontier.root()
    const isSigned = head === undefined || isPrefixOfHead(crypto, length, root, head, extension)
    return {
      length,
      byteLength: this.#byteLength,
      damages: this.#damages,
      cleared: this.#cleared,
      isSigned,
      isTreeSound: this.#isTreeSound,
      isIndexSound: this.#isIndexSound,
    }
  }

  #push(hash: Uint8Array): void {
    const at = nodeCount(this.#frontier.length)
    const nodes: Uint8Array[] = []
    this.#frontier.push(hash, nodes)
    const stored = this.#tried(() => this.#context.derived.nodes(at, nodes.length))
    if (!stored?.every((node, i) => equalBytes(node, nodes[i]!))) this.#isTreeSound = false
  }

  #addCleared(index: number): void {
    const last = this.#cleared.at(-1)
    if (last?.end === index) last.end++
    else this.#cleared.push({ start: index, end: index + 1 })
  }

  #tried<T>(read: () => T): T | undefined {
    try {
      return read()
    } catch {
      return undefined
    }
  }
}
