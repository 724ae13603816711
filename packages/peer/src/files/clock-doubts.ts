/**
 * Clocks that are ahead, as receipts show it: whoever dates receipts into the future has none of them signed by others, and soon gets
 * nothing more from them. Only in memory; a receipt that is signed by both ends the doubt.
 */

import { CLOCK_AHEAD_MS_MAX } from '@hamlet/core'

/** Devices remembered, the oldest first out. */
export const CLOCK_DOUBTS_MAX = 256

export class ClockDoubts {
  /** By whom this device's clock is ahead of theirs. */
  readonly #own = new Map<string, number>()
  /** Whose clock is ahead of this device's. */
  readonly #theirs = new Map<string, number>()

  /** The device says that it is earlier than this one does. */
  refusedBy(device: string, aheadMs: number): boolean {
    return keep(this.#own, device, aheadMs)
  }

  /** What the device signed lies in the future here. */
  refused(device: string, aheadMs: number): boolean {
    return keep(this.#theirs, device, aheadMs)
  }

  /** Both signed. */
  agreed(device: string): boolean {
    return [this.#own.delete(device), this.#theirs.delete(device)].includes(true)
  }

  /** Whose clock this device's is ahead of, and by how much: the least that anybody says. */
  get own(): { readonly devices: readonly string[]; readonly aheadMs: number } | undefined {
    if (this.#own.size === 0) return undefined
    return { devices: [...this.#own.keys()], aheadMs: Math.min(...this.#own.values()) }
  }

  /** Of these devices, the furthest. */
  aheadOf(isIt: (device: string) => boolean): number | undefined {
    const all = [...this.#theirs].flatMap(([device, aheadMs]) => (isIt(device) ? [aheadMs] : []))
    return all.length === 0 ? undefined : Math.max(...all)
  }
}

function keep(doubts: Map<string, number>, device: string, aheadMs: number): boolean {
  if (!(aheadMs > CLOCK_AHEAD_MS_MAX)) return false
  const isNew = !doubts.has(device)
  doubts.delete(device)
  doubts.set(device, aheadMs)
  if (doubts.size > CLOCK_DOUBTS_MAX) doubts.delete(doubts.keys().next().value!)
  return isNew
}
