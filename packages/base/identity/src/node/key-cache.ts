/** Imported public keys by their raw bytes, bounded; the key that was used longest ago makes room. */

import type { KeyObject } from 'node:crypto'

export class KeyCache {
  readonly #countMax: number
  readonly #importKey: (raw: Uint8Array) => KeyObject | undefined
  /** A `Map` iterates in insertion order, so the first key is the one to drop when every use inserts anew. */
  readonly #keys = new Map<string, KeyObject>()

  constructor(countMax: number, importKey: (raw: Uint8Array) => KeyObject | undefined) {
    this.#countMax = countMax
    this.#importKey = importKey
  }

  get count(): number {
    return this.#keys.size
  }

  /** The key, or `undefined` when `importKey` refuses the bytes; refusals are not kept. */
  get(raw: Uint8Array): KeyObject | undefined {
    const name = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1')
    const cached = this.#keys.get(name)
    const key = cached ?? this.#importKey(raw)
    if (key === undefined) return undefined
    if (cached !== undefined) this.#keys.delete(name)
    else if (this.#keys.size >= this.#countMax) this.#dropOldest()
    this.#keys.set(name, key)
    return key
  }

  #dropOldest(): void {
    for (const name of this.#keys.keys()) {
      this.#keys.delete(name)
      return
    }
  }
}
