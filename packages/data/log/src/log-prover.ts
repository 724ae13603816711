/**
 * The hashes of an open log and the proofs made of them.
 *
 * Hashes come from a derived file, so each answer is checked against the signed root before it is given; what does not lead there
 * is made anew from the segments, once. The callers check bounds.
 */

import { LogError } from './errors.ts'
import { leafSetShape, verifyLeafSet } from './leaf-set.ts'
import { PartialTree } from './partial-tree.ts'
import { verifyConsistency, verifyInclusion } from './proofs.ts'
import { isPrefixOfHead } from './state.ts'
import { consistencyShape, inclusionShape } from './tree.ts'
import type { Crypto } from '@hamlet/core'
import type { LeafSetProof } from './leaf-set.ts'
import type { LogStore } from './log-store.ts'
import type { LogState } from './state.ts'
import type { LeafRange } from './tree.ts'

export class LogProver {
  readonly #crypto: Crypto
  readonly #store: LogStore
  readonly #stateOf: () => LogState
  #tree: { readonly state: LogState; readonly tree: PartialTree } | undefined

  constructor(crypto: Crypto, store: LogStore, stateOf: () => LogState) {
    this.#crypto = crypto
    this.#store = store
    this.#stateOf = stateOf
  }

  /** Length of the tree that proofs lead to. */
  get size(): number {
    return this.#stateOf().head?.length ?? 0
  }

  get tree(): PartialTree {
    const state = this.#stateOf()
    if (this.#tree?.state === state) return this.#tree.tree
    const { hasher, derived } = this.#store
    const tree = new PartialTree(hasher, derived, state.length, this.size, state.extension)
    this.#tree = { state, tree }
    return tree
  }

  /** Of the leaves [start, end), not verified. */
  hash(start: number, end: number): Uint8Array {
    return this.tree.hash(start, end)
  }

  /** The hashes of a shape, not verified. */
  proof(shape: readonly LeafRange[]): readonly Uint8Array[] {
    const { tree } = this
    return shape.map(({ start, end }) => tree.hash(start, end))
  }

  root(length: number): Uint8Array {
    if (length === 0) return this.#store.hasher.empty()
    const head = this.#stateOf().head!
    if (length === head.length) return head.root
    return this.#verified(
      () => this.hash(0, length),
      (root) => {
        const extension = this.proof(consistencyShape(length, head.length))
        return isPrefixOfHead(this.#crypto, length, root, head, extension)
      },
    )
  }

  inclusion(index: number, length: number): readonly Uint8Array[] {
    const root = this.root(length)
    return this.#verified(
      () => this.proof(inclusionShape(index, length)),
      (proof) => {
        const leafHash = this.hash(index, index + 1)
        return verifyInclusion(this.#crypto, { index, length, leafHash, root, proof })
      },
    )
  }

  /** To the newest head, also where it goes beyond what is here. */
  leafSet(indices: readonly number[]): LeafSetProof {
    const head = this.#stateOf().head!
    const { length, root } = head
    const proof = this.#verified(
      () => this.proof(leafSetShape(indices, length)),
      (made) => {
        const leafHashes = indices.map((index) => this.hash(index, index + 1))
        return verifyLeafSet(this.#crypto, { indices, leafHashes, length, root, proof: made })
      },
    )
    return { head, proof }
  }

  consistency(from: number, to: number): readonly Uint8Array[] {
    const toRoot = this.root(to)
    return this.#verified(
      () => this.proof(consistencyShape(from, to)),
      (proof) => {
        const fromRoot = this.hash(0, from)
        return verifyConsistency(this.#crypto, { from, to, fromRoot, toRoot, proof })
      },
    )
  }

  #verified<T>(make: () => T, isRight: (made: T) => boolean): T {
    for (const repaired of [false, true]) {
      const made = make()
      if (isRight(made)) return made
      if (!repaired) this.#store.repair()
    }
    throw new LogError('LOG_DAMAGED', 'the tree does not lead to the signed root')
  }
}
