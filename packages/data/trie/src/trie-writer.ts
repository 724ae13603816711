/**
 * Writing: calls are done one after the other, and those that wait together are appended together.
 *
 * While an append becomes durable, calls gather; they are the next one. So the throughput of many small puts does not
 * depend on what a sync costs, and no put ever waits for more than the append under way and its own.
 */

import { TrieError } from './errors.ts'
import { createDraftTools, Draft } from './draft.ts'
import { encodeTrieHeader } from './header.ts'
import { TRIE_BATCH_OPERATIONS_MAX, TRIE_GROUP_BYTES_MAX } from './limits.ts'
import { HASH_KEY_BYTES } from './path.ts'
import { bring } from './reading.ts'
import type { Random } from '@hamlet/core'
import type { DraftOperation } from './draft.ts'
import type { LoadedNodes } from './node-store.ts'
import type { TrieCore } from './trie-core.ts'

/** What became of a call. */
export interface WriteReceipt {
  /** The trie's version after it. */
  readonly version: number
  /** Blocks it wrote: deletions of what was not there write none. */
  readonly written: number
}

/** Makes the next operation of a call, when its turn has come: a large batch is not held twice. */
export interface Operations {
  readonly length: number
  at(index: number): DraftOperation
}

interface Call {
  readonly operations: Operations
  resolve(receipt: WriteReceipt): void
  reject(error: unknown): void
}

/** A call that is in a draft. */
interface DraftedCall {
  readonly call: Call
  readonly receipt: WriteReceipt
}

export class TrieWriter {
  readonly #core: TrieCore
  readonly #random: Random | undefined
  readonly #metadata: Uint8Array
  readonly #tools = createDraftTools()
  #queue: Call[] = []
  #pumping: Promise<void> | undefined
  #failure: TrieError | undefined

  constructor(core: TrieCore, random: Random | undefined, metadata: Uint8Array) {
    this.#core = core
    this.#random = random
    this.#metadata = metadata
  }

  /** All operations are written, or none is. */
  submit(operations: Operations): Promise<WriteReceipt> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ operations, resolve, reject })
      this.#pumping ??= this.#pump()
    })
  }

  /** Resolves when no call is waiting. */
  async idle(): Promise<void> {
    while (this.#pumping) await this.#pumping
  }

  async #pump(): Promise<void> {
    // One turn later, so that calls made in the same turn share the first append.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const calls = this.#queue
      this.#queue = []
      await this.#write(calls)
    }
    this.#pumping = undefined
  }

  /** Drafts as many of the calls as go together, and puts the rest back. */
  async #write(calls: readonly Call[]): Promise<void> {
    const drafted: DraftedCall[] = []
    let taken = 0
    try {
      if (this.#failure) throw this.#failure
      const header = await this.#headerBlock()
      const reading = header ? undefined : await this.#core.reading({})
      const hasher = reading?.hasher ?? this.#core.hasherOf(header!)
      const nodes = reading?.nodes ?? this.#core.nodes()
      const from = header ? 1 : this.#core.log.length
      const draft = new Draft(nodes, hasher, from, this.#tools)
      for (const call of calls) {
        if (taken > 0 && isFull(draft, call)) break
        taken++
        const receipt = await this.#draft(draft, nodes, call)
        if (receipt) drafted.push({ call, receipt })
      }
      this.#queue = [...calls.slice(taken), ...this.#queue]
      await this.#append(draft, header)
      for (const { call, receipt } of drafted) call.resolve(receipt)
    } catch (error) {
      const failed = taken === 0 ? calls : drafted.map(({ call }) => call)
      for (const call of failed) call.reject(error)
    }
  }

  /** The block that founds the trie, when the log is empty. */
  async #headerBlock(): Promise<Uint8Array | undefined> {
    if (this.#core.log.length > 0) return undefined
    if (!this.#random)
      throw new TrieError('TRIE_READ_ONLY', 'to found a trie takes a source of chance')
    const hashKey = this.#random.bytes(HASH_KEY_BYTES)
    return encodeTrieHeader({ hashKey, metadata: this.#metadata })
  }

  /** `undefined`: the call was rejected, and left nothing behind. */
  async #draft(draft: Draft, nodes: LoadedNodes, call: Call): Promise<WriteReceipt | undefined> {
    const before = draft.made.length
    try {
      for (let i = 0; i < call.operations.length; i++) {
        const operation = call.operations.at(i)
        for (let missing = draft.apply(operation); missing !== 0;) {
          await bring(nodes, [missing], {})
          missing = draft.apply(operation)
        }
      }
      // A header alone is not written.
      const version = draft.made.length === 0 ? this.#core.log.length : draft.version
      return { version, written: draft.made.length - before }
    } catch (error) {
      draft.truncate(before)
      call.reject(error)
      return undefined
    }
  }

  async #append(draft: Draft, header: Uint8Array | undefined): Promise<void> {
    const { made, version } = draft
    if (made.length === 0) return
    const blocks = made.map(({ block }) => block)
    const from = version - made.length - (header ? 1 : 0)
    this.#checkPlace(this.#core.log.length, from)
    const receipt = await this.#core.log.append!(header ? [header, ...blocks] : blocks)
    this.#checkPlace(receipt.from, from)
    for (const node of made) this.#core.store.keep(node)
  }

  /** What was appended behind something else points at wrong places: nothing may follow it. */
  #checkPlace(at: number, expected: number): void {
    if (at === expected) return
    const message = 'something else was appended to the log of the trie'
    this.#failure = new TrieError('TRIE_NOT_ALONE', message, { fields: { at, expected } })
    throw this.#failure
  }
}

function isFull(draft: Draft, call: Call): boolean {
  const operations = draft.made.length + call.operations.length
  return operations > TRIE_BATCH_OPERATIONS_MAX || draft.byteLength > TRIE_GROUP_BYTES_MAX
}
