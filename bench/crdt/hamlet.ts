/**
 * Our own contestant: a state, and a real log that its edits are appended to and signed in. What travels is ranges of that
 * log. Taking them in verifies their hashes and the signature of each, keeps the entries, and joins the deltas in them.
 */

import { ENTRY_OPERATIONS_MAX, GCounter, HybridClock, LwwMap, OrSet, logDot } from '@hamlet/crdt'
import { createNodeCrypto } from '@hamlet/identity/node'
import { Log, decodeLogRange, encodeLogRange } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { check } from '../_support/measure.ts'
import type { Contestant, Edit, Kind, Replica } from './contest.ts'

export interface Signing {
  readonly operationsPerEntry: number
  readonly entriesPerSignature: number
}

/** A map or a set, with edits as the suite makes them. */
interface Content {
  /** Joins the edits into the state; the delta. */
  apply(edits: readonly Edit[]): { encode(): Uint8Array }
  join(delta: Uint8Array): void
  get(key: string): string | true | undefined
  size(): number
  encode(): Uint8Array
}

const crypto = createNodeCrypto()

export function openHamlet(signing: Signing): Contestant {
  return {
    create: (kind, number) => HamletReplica.open(contentOf(kind, number), number, signing),
    load: (kind, number, bytes) =>
      HamletReplica.open(contentOf(kind, number, bytes), number, signing),
  }
}

class HamletReplica implements Replica {
  readonly #content: Content
  readonly #signing: Signing
  readonly #name: string
  readonly #own: Log
  readonly #counter = new GCounter()
  /** The copy of the one log that others' changes come from. */
  readonly #openCopy: () => Promise<Log>

  private constructor(
    content: Content,
    number: number,
    signing: Signing,
    own: Log,
    openCopy: () => Promise<Log>,
  ) {
    this.#content = content
    this.#signing = signing
    this.#name = String(number)
    this.#own = own
    this.#openCopy = openCopy
  }

  static async open(content: Content, number: number, signing: Signing): Promise<HamletReplica> {
    const signers = [number, number === 1 ? 2 : 1].map((each) => {
      return crypto.signer(new Uint8Array(32).fill(each))
    })
    const common = { crypto, directory: 'log', namespace: new Uint8Array(32) }
    const [signer, other] = signers as [(typeof signers)[0], (typeof signers)[0]]
    const disk = createMemoryDisk()
    const own = await Log.open({ ...common, disk, publicKey: signer.publicKey, signer })
    return new HamletReplica(content, number, signing, own, () => {
      return Log.open({ ...common, disk: createMemoryDisk(), publicKey: other.publicKey })
    })
  }

  edit(edits: readonly Edit[]): void {
    this.#content.apply(edits)
  }

  editEach(edits: readonly Edit[]): number {
    let bytes = 0
    for (const edit of edits) bytes += this.#content.apply([edit]).encode().length
    return bytes
  }

  increment(times: number): void {
    const delta = new GCounter()
    for (let i = 0; i < times; i++) this.#counter.increment(this.#name, 1, delta)
  }

  total(): number {
    return Number(this.#counter.value)
  }

  get(key: string): string | true | undefined {
    return this.#content.get(key)
  }

  size(): number {
    return this.#content.size()
  }

  save(): Uint8Array {
    return this.#content.encode()
  }

  async changesOf(batches: readonly (readonly Edit[])[]): Promise<readonly Uint8Array[]> {
    const { operationsPerEntry, entriesPerSignature } = this.#signing
    const ranges: Uint8Array[] = []
    const entries = batches.flatMap((edits) => chunksOf(edits, operationsPerEntry))
    for (const group of chunksOf(entries, entriesPerSignature)) {
      const from = this.#own.length
      await this.#own.append(group.map((edits) => this.#content.apply(edits).encode()))
      const range = this.#own.rangeFrom(from, { bytesMax: 1_000_000, blocksMax: 1000 })
      check(range !== undefined && range.blocks.length === group.length, 'entries of a range')
      ranges.push(encodeLogRange(range))
    }
    return ranges
  }

  async take(changes: readonly Uint8Array[]): Promise<void> {
    const copy = await this.#openCopy()
    for (const bytes of changes) {
      const range = decodeLogRange(bytes)
      check(range.ok, 'a range that can be read')
      await copy.accept(range.value)
      for (const block of range.value.blocks) this.#content.join(block)
    }
    check(copy.length > 0, 'entries in the copy')
  }
}

function chunksOf<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  )
}

function contentOf(kind: Kind, number: number, bytes?: Uint8Array): Content {
  return kind === 'map' ? mapOf(number, bytes) : setOf(number, bytes)
}

function mapOf(number: number, bytes?: Uint8Array): Content {
  const map = bytes ? valueOf(LwwMap.decode(bytes)) : new LwwMap()
  const clock = new HybridClock({ wall: () => Date.now() })
  const id = `replica ${number}`
  return {
    apply(edits) {
      const delta = new LwwMap()
      for (const { key, value } of edits) {
        const stamp = { time: clock.now(), id }
        if (value === undefined) map.delete(key, stamp, delta)
        else map.set(key, value, stamp, delta)
      }
      return delta
    },
    join: (delta) => void map.merge(valueOf(LwwMap.decode(delta))),
    get: (key) => map.get(key) as string | undefined,
    size: () => map.size,
    encode: () => map.encode(),
  }
}

function setOf(number: number, bytes?: Uint8Array): Content {
  const set = bytes ? valueOf(OrSet.decode(bytes)) : new OrSet()
  const replica = `replica ${number}`
  let place = 0
  return {
    apply(edits) {
      const delta = new OrSet()
      for (const [i, { key, value }] of edits.entries()) {
        const operation = i % ENTRY_OPERATIONS_MAX
        if (operation === 0) place++
        if (value === undefined) set.remove(key, delta)
        else set.add(key, logDot(replica, place, operation), delta)
      }
      return delta
    },
    join: (delta) => void set.merge(valueOf(OrSet.decode(delta))),
    get: (key) => (set.has(key) ? true : undefined),
    size: () => set.size,
    encode: () => set.encode(),
  }
}

function valueOf<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  check(result.ok, 'a state that can be read')
  return result.value
}
