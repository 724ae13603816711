/**
 * Who asked to join how often: at most `JOIN_REQUESTS_PER_HOUR_MAX` different papers an hour from one device, and as
 * many from one address block, because devices cost nothing to make up.
 *
 * The same paper again, as after a lost connection, is not another request. Somebody without a public address of their
 * own (a home network, a relay) is counted by device alone.
 */

import { JOIN_REQUESTS_PER_HOUR_MAX } from '@hamlet/core'
import type { Clock } from '@hamlet/core'

const HOUR_MS = 3_600_000
/** Devices and address blocks whose requests of the last hour are counted. */
export const ASKERS_MAX = 1_000

interface AskedPaper {
  readonly digest: string
  readonly atMs: number
}

export class JoinAskers {
  readonly #clock: Clock
  readonly #papers = new Map<string, readonly AskedPaper[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether the paper may be looked at; if so it has been counted. `origin`: the peer's address block. */
  mayAsk(peer: string, origin: string | undefined, digest: string): boolean {
    const askers = [`device ${peer}`, ...(origin === undefined ? [] : [`block ${origin}`])]
    const recent = askers.map((asker) => [asker, this.#recent(asker)] as const)
    if (recent[0]![1].some((paper) => paper.digest === digest)) return true
    if (recent.some(([, papers]) => papers.length >= JOIN_REQUESTS_PER_HOUR_MAX)) return false
    const paper = { digest, atMs: this.#clock.monotonic() }
    for (const [asker, papers] of recent) {
      this.#papers.delete(asker)
      this.#papers.set(asker, [...papers, paper])
    }
    for (const oldest of this.#papers.keys()) {
      if (this.#papers.size <= ASKERS_MAX) break
      this.#papers.delete(oldest)
    }
    return true
  }

  #recent(asker: string): readonly AskedPaper[] {
    const nowMs = this.#clock.monotonic()
    const papers = this.#papers.get(asker) ?? []
    return papers.filter(({ atMs }) => nowMs - atMs < HOUR_MS)
  }
}
