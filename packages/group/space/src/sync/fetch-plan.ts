/**
 * Which peer is fetching which log of a space, and how far: shared by the sessions of one space on this device, so
 * that a log offered by five peers is asked of one.
 *
 * Invariants:
 * 1. A log is claimed by at most one peer, exactly while a request for it is outstanding.
 * 2. `next` is where the next request begins: after what is stored and what is on its way to the disk.
 */

import type { DeviceId } from '@hamlet/core'

export class FetchPlan {
  readonly #claims = new Map<DeviceId, string>()
  readonly #fetched = new Map<DeviceId, number>()

  isFree(device: DeviceId): boolean {
    return !this.#claims.has(device)
  }

  claim(device: DeviceId, peer: string): void {
    this.#claims.set(device, peer)
  }

  release(device: DeviceId, peer: string): void {
    if (this.#claims.get(device) === peer) this.#claims.delete(device)
  }

  next(device: DeviceId, storedLength: number): number {
    return Math.max(storedLength, this.#fetched.get(device) ?? 0)
  }

  noteFetched(device: DeviceId, to: number): void {
    this.#fetched.set(device, to)
  }

  /** What was fetched was not stored: the next request begins at what is. */
  forgetFetched(device: DeviceId): void {
    this.#fetched.delete(device)
  }
}
