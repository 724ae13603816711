/**
 * Remembered addresses: where each device was last reached, so that members find each other again after a restart
 * without asking anybody.
 *
 * The idea: an address enters the book only after an authenticated connection: the one that was dialed, and those the
 * peer reported over it, as far as the dial filter believes them. The book is therefore also the list of private
 * addresses that may be dialed (`address-filter.ts`). It is derived data: lost, it costs a search.
 *
 *     key    "network/address/" ‖ device (32 bytes)
 *     value  canonical CBOR [1, [[address, seen ms], …]], newest first, at most 8
 *
 * Invariants: at most `ADDRESSES_PER_PEER_MAX` addresses a device and `REMEMBERED_PEERS_MAX` devices; an address not
 * seen for `REMEMBERED_MS_MAX` is gone; a damaged value counts as absent.
 */

import {
  bytesToHex,
  concatBytes,
  decodeFields,
  encodeCbor,
  hexToBytes,
  utf8,
  type Clock,
  type Kv,
  type KvWrite,
} from '@hamlet/core'
import {
  ADDRESS_CHARS_MAX,
  ADDRESSES_PER_PEER_MAX,
  REMEMBERED_MS_MAX,
  REMEMBERED_PEERS_MAX,
} from './limits.ts'

interface Remembered {
  readonly address: string
  readonly seenMs: number
}

const PREFIX = utf8('network/address/')
const PREFIX_END = utf8('network/address0')
const KEY_BYTES = PREFIX.length + 32
/** An unchanged address is written again only after this long: seen times need no precision. */
const REFRESH_MS = 3_600_000

export class AddressBook {
  readonly #clock: Clock
  readonly #storage: Kv | undefined
  /** In the order of last use: the first is the first to be forgotten. */
  readonly #entries = new Map<string, readonly Remembered[]>()
  readonly #uses = new Map<string, number>()
  readonly #dirty = new Set<string>()

  private constructor(clock: Clock, storage: Kv | undefined) {
    this.#clock = clock
    this.#storage = storage
  }

  static async open(clock: Clock, storage?: Kv): Promise<AddressBook> {
    const book = new AddressBook(clock, storage)
    if (storage !== undefined) await book.#load(storage)
    return book
  }

  /** Addresses without the trailing /p2p/, the most recently seen first. */
  addresses(device: string): readonly string[] {
    const oldestMs = this.#clock.wall() - REMEMBERED_MS_MAX
    const entries = this.#entries.get(device) ?? []
    return entries.filter(({ seenMs }) => seenMs >= oldestMs).map(({ address }) => address)
  }

  /** Whether some device was reached at this address. */
  has(address: string): boolean {
    return this.#uses.has(address)
  }

  remember(device: string, address: string): void {
    if (address.length > ADDRESS_CHARS_MAX) return
    const before = this.#entries.get(device) ?? []
    const seenMs = this.#clock.wall()
    const others = before.filter((entry) => entry.address !== address)
    const known = before.find((entry) => entry.address === address)
    this.#replace(device, [{ address, seenMs }, ...others].slice(0, ADDRESSES_PER_PEER_MAX))
    if (known === undefined || seenMs - known.seenMs > REFRESH_MS) this.#dirty.add(device)
    if (this.#entries.size > REMEMBERED_PEERS_MAX) this.#forgetOldest()
  }

  /** Writes what changed. @throws whatever the storage throws. */
  async save(): Promise<void> {
    if (this.#storage === undefined || this.#dirty.size === 0) return
    const writes = [...this.#dirty].map((device): KvWrite => {
      const entries = this.#entries.get(device)
      const key = concatBytes(PREFIX, hexToBytes(device))
      return entries === undefined
        ? { type: 'del', key }
        : { type: 'put', key, value: encodeEntries(entries) }
    })
    this.#dirty.clear()
    await this.#storage.batch(writes)
  }

  async #load(storage: Kv): Promise<void> {
    const loaded: (readonly [device: string, entries: readonly Remembered[]])[] = []
    for await (const [key, value] of storage.range({ gte: PREFIX, lt: PREFIX_END })) {
      const entries = key.length === KEY_BYTES ? decodeEntries(value) : []
      if (entries.length > 0) loaded.push([bytesToHex(key.subarray(PREFIX.length)), entries])
    }
    loaded.sort(([, a], [, b]) => a[0]!.seenMs - b[0]!.seenMs)
    for (const [device, entries] of loaded) this.#replace(device, entries)
    while (this.#entries.size > REMEMBERED_PEERS_MAX) this.#forgetOldest()
  }

  #replace(device: string, entries: readonly Remembered[]): void {
    for (const { address } of this.#entries.get(device) ?? []) this.#use(address, -1)
    for (const { address } of entries) this.#use(address, 1)
    this.#entries.delete(device)
    if (entries.length > 0) this.#entries.set(device, entries)
  }

  #use(address: string, change: 1 | -1): void {
    const count = (this.#uses.get(address) ?? 0) + change
    if (count > 0) this.#uses.set(address, count)
    else this.#uses.delete(address)
  }

  #forgetOldest(): void {
    for (const device of this.#entries.keys()) {
      this.#replace(device, [])
      this.#dirty.add(device)
      return
    }
  }
}

function encodeEntries(entries: readonly Remembered[]): Uint8Array {
  return encodeCbor([1, entries.map(({ address, seenMs }) => [address, Math.max(0, seenMs)])])
}

function decodeEntries(value: Uint8Array): readonly Remembered[] {
  const decoded = decodeFields(value, 'remembered addresses', (fields) => {
    fields.literal(1)
    return fields.list(ADDRESSES_PER_PEER_MAX, (items) =>
      items.tuple((entry) => ({ address: entry.text(ADDRESS_CHARS_MAX), seenMs: entry.uint() })),
    )
  })
  return decoded.ok ? decoded.value : []
}
