/**
 * Taking ranges of peers into a log: judged (acceptance.ts) before anything of them is written, and what is known already is
 * harmless.
 */

import { equalBytes, err, ok } from '@hamlet/core'
import { checkRangeShape, conflict, judgeBlocks, judgeHead, leafLengths } from './acceptance.ts'
import { equalHeads, verifyHead } from './head.ts'
import { inclusionShape } from './tree.ts'
import { makeTruncationFork } from './truncation-fork.ts'
import { equalTruncations, verifyTruncation } from './truncation.ts'
import type { Result } from '@hamlet/core'
import type { JudgeContext } from './acceptance.ts'
import type { LogRangeError } from './errors.ts'
import type { LogHead } from './head.ts'
import type { LogCore } from './log-core.ts'
import type { AcceptedRange } from './log-options.ts'
import type { LogRange } from './range.ts'
import type { LogState } from './state.ts'
import type { SignedLeaf, Truncation } from './types.ts'

type Judgement<T> = Result<T, LogRangeError>

export class LogAcceptor {
  readonly #core: LogCore
  readonly #judge: JudgeContext
  #trusted: { readonly head: LogHead; readonly fork: number } | undefined

  constructor(core: LogCore) {
    this.#core = core
    const { crypto, publicKey, namespace } = core.options
    const { hasher, derived } = core.store
    const { leafLength } = core
    const signedLeaf = (index: number): SignedLeaf | undefined => this.#signedLeaf(index)
    const common = { crypto, publicKey, namespace, hasher, derived, leafLength, signedLeaf }
    this.#judge = {
      ...common,
      get fork() {
        return core.fork
      },
    }
  }

  /** To be called while nothing else writes. */
  async accept(range: LogRange): Promise<Judgement<AcceptedRange>> {
    const shape = checkRangeShape(range)
    if (!shape.ok) return shape
    await this.#core.store.prepare()
    return this.#acceptShaped(range)
  }

  /** As {@link accept}, in this turn; `undefined` when the disk has to be waited for first. */
  acceptNow(range: LogRange): Judgement<AcceptedRange> | undefined {
    const shape = checkRangeShape(range)
    if (!shape.ok) return shape
    return this.#core.store.isPrepared ? this.#acceptShaped(range) : undefined
  }

  #acceptShaped(range: LogRange): Judgement<AcceptedRange> {
    const { store, leafLength } = this.#core
    const state = store.written
    if (range.from > state.length) {
      return err({
        code: 'LOG_GAP',
        message: `blocks ${state.length} to ${range.from} are missing`,
      })
    }
    const head = this.#checkHead(state, range.head)
    if (!head.ok) return this.#withPoint(state, range, head)
    const end = range.from + range.blocks.length
    const leafBytes = leafLengths(range.blocks, leafLength)
    if (!leafBytes.ok) return leafBytes
    const judged =
      range.from === state.length
        ? this.#acceptAtEnd(state, range, leafBytes.value)
        : this.#acceptOverlap(state, range, leafBytes.value)
    if (!judged.ok) return judged
    return ok({ from: state.length, to: Math.max(state.length, end) })
  }

  /** A head that contradicts ours comes with blocks, which may show where the two histories part. */
  #withPoint(
    state: LogState,
    range: LogRange,
    judged: { readonly ok: false; readonly error: LogRangeError },
  ): Judgement<never> {
    const leafBytes = leafLengths(range.blocks, this.#core.leafLength)
    if (judged.error.code !== 'LOG_FORKED' || !leafBytes.ok || range.from >= state.length) {
      return judged
    }
    const overlap = this.#judgeOverlap(state, range, leafBytes.value)
    const point = overlap.ok ? undefined : overlap.error.point
    return point === undefined ? judged : err({ ...judged.error, point })
  }

  /** The signature is checked once per head: a stream of ranges carries the same one. */
  #checkHead(state: LogState, head: LogHead): Judgement<undefined> {
    const { prover, fork } = this.#core
    const known = [
      state.fork === fork && state.head,
      this.#trusted?.fork === fork && this.#trusted.head,
    ]
    if (known.some((other) => other && equalHeads(other, head))) return ok(undefined)
    if (!this.#isSigned(head, fork)) return this.#unsigned(head, fork)
    const judged = judgeHead(this.#judge, state, prover.tree, head)
    if (judged.ok) this.#trusted = { head, fork }
    return judged
  }

  /** Only what differs from ours is worth a verification. */
  judgeHead(head: LogHead): Judgement<undefined> {
    const { state, prover, fork } = this.#core
    const judged = judgeHead(this.#judge, state, prover.tree, head)
    if (judged.ok || this.#isSigned(head, fork)) return judged
    return this.#unsigned(head, fork)
  }

  /** A head of an older fork is no lie of the sender's, who has not heard of a truncation. */
  #unsigned(head: LogHead, fork: number): Judgement<never> {
    for (let older = fork - 1; older >= 0; older--) {
      if (!this.#isSigned(head, older)) continue
      const message = `a head of fork ${older} of the log, which the author truncated`
      return err({ code: 'LOG_OLD_FORK', message })
    }
    return err({ code: 'LOG_SIGNATURE', message: 'the head is not signed by the author' })
  }

  #isSigned(head: LogHead, fork: number): boolean {
    const { options, id } = this.#core
    return verifyHead(options.crypto, id, options.publicKey, head, fork)
  }

  /** Adopts a truncation of a peer. To be called while nothing else writes. */
  async truncate(truncation: Truncation, onCut: () => void): Promise<Judgement<undefined>> {
    const { store, options, fork } = this.#core
    const { crypto, publicKey, namespace } = options
    // A cut that was not completed has begun a fork that is not shown: nothing can be judged by either.
    store.throwIfFailed()
    const isOurs =
      equalBytes(truncation.publicKey, publicKey) && equalBytes(truncation.namespace, namespace)
    if (!isOurs || !verifyTruncation(crypto, truncation)) {
      return err({ code: 'LOG_SIGNATURE', message: 'the author did not sign this truncation' })
    }
    const known = store.truncations[truncation.fork - 1]
    if (known) {
      if (equalTruncations(known, truncation)) return ok(undefined)
      const message = 'the author signed two truncations for one fork'
      return err({
        code: 'LOG_FORKED',
        message,
        truncations: makeTruncationFork(known, truncation),
      })
    }
    if (truncation.fork > fork + 1) {
      return err({ code: 'LOG_GAP', message: `truncation ${fork + 1} is missing` })
    }
    const judged = this.#judgeTruncation(store.written, truncation)
    if (!judged.ok) return judged
    await store.truncate(truncation, onCut)
    return ok(undefined)
  }

  /** Whether what is here is the beginning of what was there before the truncation. */
  #judgeTruncation(state: LogState, { kept, last }: Truncation): Judgement<undefined> {
    const { prover, store } = this.#core
    const head = judgeHead(this.#judge, state, prover.tree, last)
    if (!head.ok || kept.length > state.length || kept.length === 0) return head
    if (equalBytes(store.derived.frontier(kept.length).root(), kept.root)) return ok(undefined)
    store.repair()
    if (equalBytes(store.derived.frontier(kept.length).root(), kept.root)) return ok(undefined)
    return conflict('what the author kept is not the beginning of our blocks')
  }

  #acceptAtEnd(
    state: LogState,
    range: LogRange,
    leafBytes: readonly number[],
  ): Judgement<undefined> {
    const { blocks, head, extension } = range
    if (range.from + blocks.length === 0) return ok(undefined)
    const isCurrent = state.fork === this.#core.fork
    const known = isCurrent ? (state.head?.length ?? 0) : 0
    if (blocks.length === 0 && head.length <= known) return ok(undefined)
    const { store } = this.#core
    const draft = store.draft(blocks, leafBytes, extension.length)
    const judged = judgeBlocks(this.#judge, state, range, draft.frontier.root(), () =>
      this.#leafHashes(blocks, leafBytes),
    )
    if (!judged.ok) return judged
    const checked = this.#checkBodies(blocks)
    if (!checked.ok) return checked
    store.commit(draft, head, extension)
    this.#core.show(store.written)
    return ok(undefined)
  }

  #acceptOverlap(
    state: LogState,
    range: LogRange,
    leafBytes: readonly number[],
  ): Judgement<undefined> {
    const { from, blocks, head, extension } = range
    const end = from + blocks.length
    if (end === 0) return ok(undefined)
    const judged = this.#judgeOverlap(state, range, leafBytes)
    if (!judged.ok || end < state.length) return judged
    const known = state.length - from
    const rest = { from: state.length, blocks: blocks.slice(known), head, extension }
    return this.#acceptAtEnd(state, rest, leafBytes.slice(known))
  }

  #judgeOverlap(
    state: LogState,
    range: LogRange,
    leafBytes: readonly number[],
  ): Judgement<undefined> {
    const hashes = this.#leafHashes(range.blocks, leafBytes)
    const frontier = this.#core.store.derived.frontier(range.from)
    for (const hash of hashes) frontier.push(hash, [])
    return judgeBlocks(this.#judge, state, range, frontier.root(), () => hashes)
  }

  /** A leaf of ours with its proof in the tree of the newest head, unless it was cleared. */
  #signedLeaf(index: number): SignedLeaf | undefined {
    const { store, prover, leafLength, state } = this.#core
    const block = store.reader.peek(index)
    if (!block) return undefined
    const leaf = block.slice(0, leafLength(block))
    return { head: state.head!, leaf, proof: prover.proof(inclusionShape(index, prover.size)) }
  }

  #leafHashes(blocks: readonly Uint8Array[], leafBytes: readonly number[]): readonly Uint8Array[] {
    const { hasher } = this.#core.store
    return blocks.map((block, i) => hasher.leaf(block.subarray(0, leafBytes[i])))
  }

  #checkBodies(blocks: readonly Uint8Array[]): Judgement<undefined> {
    const { checkBlock } = this.#core.options
    if (!checkBlock || blocks.every((block) => checkBlock(block))) return ok(undefined)
    return err({ code: 'LOG_BLOCK_INVALID', message: 'a block is not what its leaf commits to' })
  }
}
