/**
 * A sorted set of ids, of which any range has its fingerprint at once.
 *
 * Ids are sorted by a time and then bytewise. Beside each one stands the sum of all before it, modulo 2^256, so the sum of
 * a range is one subtraction however long the range is. A list is a snapshot: making it sorts n items, `with` copies them.
 *
 * A sum is no hash: who may choose many ids can find some whose sum is that of others, and so hide a difference. A *salt*
 * that both sides drew for this session takes that away: ids are compared as SHA-256(salt || id). Unsalted lists are fit
 * for ids that are hashes of what nobody can vary at will, or where a difference that stays hidden for a time does no harm.
 *
 * Source: Negentropy v1, https://github.com/hoytech/negentropy (docs/negentropy-protocol-v1.md).
 *
 * Invariant: no two items are equal.
 */

import { assert, bytesToHex, compareBytes } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { encodeVarint } from './message.ts'
import type { Bound } from './message.ts'

export const RECONCILE_ID_BYTES = 32
export const FINGERPRINT_BYTES = 16
const WORDS = 8

export interface ReconcileItem {
  /** Any number that both sides know of the id, such as milliseconds; 0 where there is none. */
  readonly time: number
  /** 32 bytes. */
  readonly id: Uint8Array
}

export class ItemList {
  readonly #items: readonly ReconcileItem[]
  /** Little-endian words; n + 1 sums. */
  readonly #sums: Uint32Array
  readonly #hash: Crypto['hash']
  readonly #salt: Uint8Array | undefined
  readonly #originals: ReadonlyMap<string, Uint8Array> | undefined

  private constructor(
    items: readonly ReconcileItem[],
    hash: Crypto['hash'],
    salt: Uint8Array | undefined,
    originals: ReadonlyMap<string, Uint8Array> | undefined,
  ) {
    this.#items = items
    this.#sums = sumsOf(items)
    this.#hash = hash
    this.#salt = salt
    this.#originals = originals
  }

  /** `items`: in any order, without repetitions; kept, do not change them. `salt`: at least 16 bytes of chance. */
  static from(
    items: Iterable<ReconcileItem>,
    { crypto, salt }: { readonly crypto: Pick<Crypto, 'hash'>; readonly salt?: Uint8Array },
  ): ItemList {
    const hash = crypto.hash.bind(crypto)
    const given = [...items]
    given.forEach(checkItem)
    if (salt === undefined) return new ItemList(sorted(given), hash, undefined, undefined)
    assert(salt.length >= 16, 'expected a salt of 16 bytes or more')
    const originals = new Map<string, Uint8Array>()
    const salted = given.map(({ time, id }) => {
      const mapped = hash(salt, id)
      originals.set(bytesToHex(mapped), id)
      return { time, id: mapped }
    })
    return new ItemList(sorted(salted), hash, salt, originals)
  }

  get size(): number {
    return this.#items.length
  }

  /** Of an id in a message: what stands for it here. With a salt that is `undefined` for ids this side lacks. */
  originalOf(id: Uint8Array): Uint8Array | undefined {
    return this.#originals === undefined ? id : this.#originals.get(bytesToHex(id))
  }

  /** A list that holds further items, which this one lacks. */
  with(added: Iterable<ReconcileItem>): ItemList {
    const originals = this.#items.map(({ time, id }) => ({ time, id: this.originalOf(id)! }))
    const crypto = { hash: this.#hash }
    const salt = this.#salt === undefined ? {} : { salt: this.#salt }
    return ItemList.from([...originals, ...added], { crypto, ...salt })
  }

  at(index: number): ReconcileItem {
    return this.#items[index]!
  }

  /** The first index from `start` on whose item does not lie before the bound. */
  lowerBound(bound: Bound, start = 0): number {
    let low = start
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBefore(this.#items[middle]!, bound)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Of the items from `start` to before `end`: 16 bytes. */
  fingerprint(start: number, end: number): Uint8Array {
    const bytes = new Uint8Array(RECONCILE_ID_BYTES)
    const view = new DataView(bytes.buffer)
    let borrow = 0
    for (let word = 0; word < WORDS; word++) {
      const minuend = this.#sums[end * WORDS + word]!
      const difference = minuend - this.#sums[start * WORDS + word]! - borrow
      borrow = difference < 0 ? 1 : 0
      view.setUint32(4 * word, difference >>> 0, true)
    }
    return this.#hash(bytes, Uint8Array.from(encodeVarint(end - start))).slice(0, FINGERPRINT_BYTES)
  }
}

export function compareItems(a: ReconcileItem, b: ReconcileItem): number {
  return a.time - b.time || compareBytes(a.id, b.id)
}

/** A bound's id is a beginning of one; what is left out counts as zeros. */
function isBefore(item: ReconcileItem, { time, id }: Bound): boolean {
  if (item.time !== time) return item.time < time
  return compareBytes(item.id, id) < 0
}

function checkItem({ time, id }: ReconcileItem): void {
  assert(Number.isSafeInteger(time) && time >= 0, `expected a time from 0 to 2^53 - 1, got ${time}`)
  assert(id.length === RECONCILE_ID_BYTES, `expected an id of 32 bytes, got ${id.length}`)
}

function sorted(items: ReconcileItem[]): readonly ReconcileItem[] {
  items.sort(compareItems)
  for (let i = 1; i < items.length; i++) {
    assert(compareItems(items[i - 1]!, items[i]!) < 0, 'expected every item once')
  }
  return items
}

function sumsOf(items: readonly ReconcileItem[]): Uint32Array {
  const sums = new Uint32Array((items.length + 1) * WORDS)
  items.forEach(({ id }, i) => {
    const view = new DataView(id.buffer, id.byteOffset, RECONCILE_ID_BYTES)
    let carry = 0
    for (let word = 0; word < WORDS; word++) {
      const sum = sums[i * WORDS + word]! + view.getUint32(4 * word, true) + carry
      sums[(i + 1) * WORDS + word] = sum
      carry = sum > 0xffffffff ? 1 : 0
    }
  })
  return sums
}
