/**
 * Remembered addresses: where each device was last reached, so that members find each other again after a restart
 * without asking anybody.
 *
 * The idea: an address enters the book only after an authenticated connection: the one that was dialed, and those the
 * peer reported over it, as far as the dial filter believes them. The book is therefore also the list of private
 * addresses that may be dialed (`address-filter.ts`). Lost, it costs a search, and where there is neither a DHT nor a
 * local network it costs the group: so it is a synced file of its own, and not part of the index.
 *
 *     file "addresses"  canonical CBOR [1, [[device, [[address, seen ms], …]], …]], devices in the order of last use,
 *                       addresses newest first, at most 8
 *
 * Invariants: at most `ADDRESSES_PER_PEER_MAX` addresses a device and `REMEMBERED_PEERS_MAX` devices; an address not
 * seen for `REMEMBERED_MS_MAX` is gone; a damaged file counts as absent.
 */

import { decodeFields, encodeCbor, idToBytes, type Clock, type DeviceId } from '@hamlet/core'
import {
  ADDRESS_CHARS_MAX,
  ADDRESSES_PER_PEER_MAX,
  REMEMBERED_MS_MAX,
  REMEMBERED_PEERS_MAX,
} from './limits.ts'
import type { NetworkFiles } from './types.ts'

interface Remembered {
  readonly address: string
  readonly seenMs: number
}

const FILE = 'addresses'
const FILE_LIMITS = {
  bytesMax: REMEMBERED_PEERS_MAX * (64 + ADDRESSES_PER_PEER_MAX * (ADDRESS_CHARS_MAX + 16)),
  itemsMax: 16 + REMEMBERED_PEERS_MAX * (3 + 3 * ADDRESSES_PER_PEER_MAX),
}
/** An unchanged address is written again only after this long: seen times need no precision. */
const REFRESH_MS = 3_600_000

export class AddressBook {
  readonly #clock: Clock
  readonly #files: NetworkFiles | undefined
  /** In the order of last use: the first is the first to be forgotten. */
  readonly #entries = new Map<string, readonly Remembered[]>()
  readonly #uses = new Map<string, number>()
  /** Whether the file lacks something that is worth a write. */
  #isDirty = false

  private constructor(clock: Clock, files: NetworkFiles | undefined) {
    this.#clock = clock
    this.#files = files
  }

  static async open(clock: Clock, files?: NetworkFiles): Promise<AddressBook> {
    const book = new AddressBook(clock, files)
    const bytes = await files?.readAll(FILE)
    for (const { device, entries } of bytes === undefined ? [] : decodeBook(bytes)) {
      book.#replace(device, entries)
    }
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
    if (known === undefined || seenMs - known.seenMs > REFRESH_MS) this.#isDirty = true
    if (this.#entries.size > REMEMBERED_PEERS_MAX) this.#forgetOldest()
  }

  get isDirty(): boolean {
    return this.#isDirty
  }

  /** Resolves when what changed is durable. @throws whatever the disk throws; it is then tried again with the next save */
  async save(): Promise<void> {
    if (this.#files === undefined || !this.#isDirty) return
    this.#isDirty = false
    try {
      await this.#files.write(FILE, encodeBook(this.#entries))
    } catch (error) {
      this.#isDirty = true
      throw error
    }
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
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#replace(oldest, [])
  }
}

function encodeBook(entries: ReadonlyMap<string, readonly Remembered[]>): Uint8Array {
  const devices = [...entries].map(([device, addresses]) => [
    idToBytes(device as DeviceId),
    addresses.map(({ address, seenMs }) => [address, Math.max(0, seenMs)]),
  ])
  return encodeCbor([1, devices])
}

interface RememberedDevice {
  readonly device: string
  readonly entries: readonly Remembered[]
}

function decodeBook(bytes: Uint8Array): readonly RememberedDevice[] {
  const read = decodeFields(
    bytes,
    'remembered addresses',
    (fields) => {
      fields.literal(1)
      return fields.list(REMEMBERED_PEERS_MAX, (devices) =>
        devices.tuple((each) => ({
          device: each.id<DeviceId>() as string,
          entries: each.list(ADDRESSES_PER_PEER_MAX, (items) =>
            items.tuple((entry) => ({
              address: entry.text(ADDRESS_CHARS_MAX),
              seenMs: entry.uint(),
            })),
          ),
        })),
      )
    },
    FILE_LIMITS,
  )
  return read.ok ? read.value : []
}
