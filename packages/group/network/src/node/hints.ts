/** Where devices might be, as far as anybody said in this run: untrusted, bounded, the oldest device forgotten first. */

import { ADDRESS_CHARS_MAX, ADDRESSES_PER_PEER_MAX, REMEMBERED_PEERS_MAX } from '../limits.ts'
import { judgeAddress } from '../address-filter.ts'

export class Hints {
  readonly #addresses = new Map<string, readonly string[]>()

  /** Addresses without the trailing /p2p/; those that make no sense are ignored. */
  add(device: string, addresses: readonly string[]): void {
    const sensible = addresses.filter(
      (address) => address.length <= ADDRESS_CHARS_MAX && judgeAddress(address) !== undefined,
    )
    if (sensible.length === 0) return
    const merged = new Set([...sensible, ...this.get(device)])
    this.#addresses.delete(device)
    this.#addresses.set(device, [...merged].slice(0, ADDRESSES_PER_PEER_MAX))
    for (const oldest of this.#addresses.keys()) {
      if (this.#addresses.size <= REMEMBERED_PEERS_MAX) break
      this.#addresses.delete(oldest)
    }
  }

  get(device: string): readonly string[] {
    return this.#addresses.get(device) ?? []
  }
}
