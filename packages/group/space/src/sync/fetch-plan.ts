/**
 * Which peer is fetching which log of a space, and how far: shared by the sessions of one space on this device, so
 * that a log offered by five peers is asked of one.
 *
 * Invariants:
 * 1. A log is claimed by at most one peer, exactly while a request for it is outstanding.
 * 2. `next` is where the next request begins: after what is stored and what is on its way to the disk.
 * 3. A peer that is to be asked last waits only for peers that offer the same and have not just failed to send it.
 */

import type { DeviceId } from '@hamlet/core'

/** What a session of the space could fetch from its peer. */
export interface FetchSource {
  /** Whether its peer is in good standing, says it has the entry, and may be asked for that log now. */
  offers(device: DeviceId, seq: number): boolean
}

export class FetchPlan {
  readonly #sources = new Set<FetchSource>()
  readonly #claims = new Map<DeviceId, string>()
  readonly #fetched = new Map<DeviceId, number>()

  addSource(source: FetchSource): void {
    this.#sources.add(source)
  }

  removeSource(source: FetchSource): void {
    this.#sources.delete(source)
  }

  /** Whether some peer in good standing offers the entry. */
  isOfferedWell(device: DeviceId, seq: number): boolean {
    return [...this.#sources].some((source) => source.offers(device, seq))
  }

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

  /**
   * What was fetched up to there was taken, as far as it counts: from now on the length of the log here says where to go
   * on. That may be less than was fetched, where the device signed two histories, and less than it was, where it is reset.
   */
  noteTaken(device: DeviceId, to: number): void {
    if ((this.#fetched.get(device) ?? Infinity) <= to) this.#fetched.delete(device)
  }

  /** What was fetched was not stored: the next request begins at what is. */
  forgetFetched(device: DeviceId): void {
    this.#fetched.delete(device)
  }
}
