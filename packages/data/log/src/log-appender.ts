/**
 * The author's writing: append calls that come in while a commit is being synced wait, and form the next one together, so that
 * throughput does not depend on the price of a sync.
 *
 * Invariant: a block is shown only after it is durable, so no crash can make the author sign another one at its index.
 */

import { assert } from '@hamlet/core'
import { leafLengths } from './acceptance.ts'
import { LogError } from './errors.ts'
import { signHead } from './head.ts'
import { BLOCK_BYTES_MAX, COMMIT_BLOCKS_MAX, COMMIT_BYTES_MAX, GROUP_BYTES_MAX } from './limits.ts'
import type { LogHead } from './head.ts'
import type { LogCore } from './log-core.ts'
import type { AppendOptions, AppendReceipt } from './log-options.ts'
import type { LogState } from './state.ts'

interface PendingAppend {
  readonly at: AppendOptions['at']
  readonly blocks: readonly Uint8Array[]
  readonly leafBytes: readonly number[]
  readonly bytes: number
  resolve(receipt: AppendReceipt): void
  reject(error: unknown): void
}

export class LogAppender {
  readonly #core: LogCore
  #queue: PendingAppend[] = []
  #pumping: Promise<void> | undefined

  constructor(core: LogCore) {
    this.#core = core
  }

  append(blocks: readonly Uint8Array[], { at }: AppendOptions): Promise<AppendReceipt> {
    return new Promise((resolve, reject) => {
      this.#core.throwIfClosed()
      const leafBytes = this.#checkBlocks(blocks)
      const bytes = blocks.reduce((sum, block) => sum + block.length, 0)
      if (bytes > COMMIT_BYTES_MAX || blocks.length > COMMIT_BLOCKS_MAX) {
        throw new LogError('LOG_APPEND_TOO_LARGE', 'too much for one append call', {
          fields: { bytes, blocks: blocks.length },
        })
      }
      this.#queue.push({ at, blocks, leafBytes, bytes, resolve, reject })
      this.#pumping ??= this.#pump()
    })
  }

  /** Resolves when no append waits any more. */
  async settled(): Promise<void> {
    await this.#pumping
  }

  async #pump(): Promise<void> {
    // One turn later, so that appends made in the same turn share the first commit.
    await Promise.resolve()
    while (this.#queue.length > 0) await this.#core.exclusive(() => this.#commitGroup())
    this.#pumping = undefined
  }

  async #commitGroup(): Promise<void> {
    const taken = this.#takeGroup()
    const { store } = this.#core
    let group = taken
    try {
      await store.prepare()
      const base = store.written
      throwIfBehind(base, store.fork)
      group = inPlace(taken, base.length, store.fork)
      if (group.length === 0) return
      const head = this.#write(group)
      await store.sync()
      this.#core.show(store.written)
      settle(group, base.length, head)
    } catch (error) {
      for (const pending of group) pending.reject(error)
    }
  }

  #write(group: readonly PendingAppend[]): LogHead {
    const { store, options, id } = this.#core
    const blocks = group.length === 1 ? group[0]!.blocks : group.flatMap(({ blocks }) => blocks)
    const leafBytes =
      group.length === 1 ? group[0]!.leafBytes : group.flatMap(({ leafBytes }) => leafBytes)
    const draft = store.draft(blocks, leafBytes)
    const { length } = draft.frontier
    const head = signHead(options.signer!, id, length, draft.frontier.root(), store.fork)
    store.commit(draft, head)
    return head
  }

  #takeGroup(): readonly PendingAppend[] {
    let bytes = 0
    let count = 0
    for (const pending of this.#queue) {
      bytes += pending.bytes
      if (count > 0 && bytes > GROUP_BYTES_MAX) break
      count++
    }
    const group = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    return group
  }

  #checkBlocks(blocks: readonly Uint8Array[]): readonly number[] {
    assert(blocks.length > 0, 'an append has at least one block')
    if (!this.#core.options.signer) throw new LogError('LOG_READ_ONLY', 'only the author appends')
    const large = blocks.find((block) => block.length > BLOCK_BYTES_MAX)
    if (large) {
      throw new LogError('LOG_BLOCK_TOO_LARGE', `a block has at most ${BLOCK_BYTES_MAX} bytes`, {
        fields: { bytes: large.length, limit: BLOCK_BYTES_MAX },
      })
    }
    const leafBytes = leafLengths(blocks, this.#core.leafLength)
    if (!leafBytes.ok) throw new LogError('LOG_BLOCK_INVALID', leafBytes.error.message)
    return leafBytes.value
  }
}

/** @throws LogError `LOG_BEHIND` */
export function throwIfBehind({ length, head, fork }: LogState, newestFork: number): void {
  if (!head || (head.length <= length && fork === newestFork)) return
  throw new LogError('LOG_BEHIND', 'the author has signed more blocks than are here', {
    fields: { length, signed: head.length },
  })
}

/** Those that are where they must be; the others are refused. */
function inPlace(
  group: readonly PendingAppend[],
  start: number,
  fork: number,
): readonly PendingAppend[] {
  if (group.every(({ at }) => at === undefined)) return group
  let length = start
  return group.filter((pending) => {
    const { at, blocks } = pending
    if (at && (at.length !== length || at.fork !== fork)) {
      const message = `expected a log of ${at.length} blocks, it has ${length}`
      pending.reject(
        new LogError('LOG_MOVED', message, { fields: { expected: at.length, length } }),
      )
      return false
    }
    length += blocks.length
    return true
  })
}

function settle(group: readonly PendingAppend[], length: number, head: LogHead): void {
  let from = length
  for (const pending of group) {
    const to = from + pending.blocks.length
    pending.resolve({ from, to, head })
    from = to
  }
}
