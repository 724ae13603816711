/**
 * How much of each blob went between two devices lately: the bound for what one may still claim of it. Forgotten after a
 * week, or when there are too many, oldest first, so that somebody who deleted a file may get it again. The payer forgets a
 * day later than the payee, so that it never claims what the payee still holds against it.
 */

import type { CborValue, FieldReader } from '@hamlet/core'
import { hexToBytes } from '@hamlet/core'
import { SETTLED_MS_MAX, SETTLED_SWARMS_MAX } from './limits.ts'
import { readDigest } from './receipt-ids.ts'
import type { SwarmId } from './receipt-ids.ts'

interface Settled {
  readonly bytes: number
  readonly sinceMs: number
}

export class SettledSwarms {
  readonly #settled = new Map<SwarmId, Settled>()
  readonly #keptMs: number

  /** @param keptMs How long; for the payee's side `SETTLED_MS_MAX`. */
  constructor(keptMs: number = SETTLED_MS_MAX) {
    this.#keptMs = keptMs
  }

  bytes(swarm: SwarmId, nowMs: number): number {
    const settled = this.#settled.get(swarm)
    return settled === undefined || this.#isOver(settled, nowMs) ? 0 : settled.bytes
  }

  add(swarm: SwarmId, bytes: number, nowMs: number): void {
    const before = this.#settled.get(swarm)
    const isOld = before === undefined || this.#isOver(before, nowMs)
    this.#settled.set(swarm, {
      bytes: bytes + (isOld ? 0 : before.bytes),
      sinceMs: isOld ? nowMs : before.sinceMs,
    })
    if (this.#settled.size > SETTLED_SWARMS_MAX) {
      this.#settled.delete(this.#settled.keys().next().value!)
    }
  }

  toCbor(): CborValue {
    return [...this.#settled].map(([swarm, { bytes, sinceMs }]) => [
      hexToBytes(swarm),
      bytes,
      sinceMs,
    ])
  }

  read(fields: FieldReader): void {
    const list = fields.list(SETTLED_SWARMS_MAX, (item) =>
      item.tuple((entry) => ({
        swarm: readDigest<SwarmId>(entry),
        bytes: entry.uint(),
        sinceMs: entry.uint(),
      })),
    )
    for (const { swarm, bytes, sinceMs } of list) {
      if (this.#settled.has(swarm)) throw fields.refuse('a blob stands twice')
      this.#settled.set(swarm, { bytes, sinceMs })
    }
  }

  #isOver({ sinceMs }: Settled, nowMs: number): boolean {
    return nowMs - sinceMs > this.#keptMs || nowMs < sinceMs
  }
}
