/**
 * Gives secrets to members' devices that were left out of an epoch, by itself (`left-out.ts` says who, and in what turn).
 *
 * After control operations have arrived it waits a little, so that what belongs together has come and whoever is earlier
 * has given. What is missing is looked up again when it is written, in the state that the operation has in its past: so
 * nobody is given anything who is no member there, and nothing that has been given meanwhile is given twice.
 *
 * Invariants:
 * 1. One timer at a time; one commit of at most `SEALS_GIVEN_MAX` seals at a time, the next one not before `SEALS_WAIT_MS`.
 * 2. Nothing here decides what counts: it is work that any member may do, or leave.
 */

import { errorCode } from '@hamlet/core'
import type { Cancel, EpochId } from '@hamlet/core'
import { EPOCH_SEALS_MAX } from './control-operation.ts'
import type { ControlState } from './control-state.ts'
import type { Draft, WriteView } from './entry-composer.ts'
import { findLeftOut, turnOf } from './left-out.ts'
import type { LeftOut } from './left-out.ts'
import type { SpaceCore } from './space-core.ts'
import type { SpaceWriter } from './space-writer.ts'
import { RANK_BY_ROLE } from './types.ts'

/** From what made somebody left out to the first turn. */
export const SEALS_WAIT_MS = 2_000
/** Between two turns. */
export const SEALS_TURN_MS = 5_000
/** Seals given in one commit. */
export const SEALS_GIVEN_MAX = 256
/** After it could not be written. */
export const SEALS_RETRY_MS = 60_000

export class SealGiver {
  readonly #core: SpaceCore
  readonly #writer: SpaceWriter
  /** Since when, by the monotonic clock, an epoch is known to leave somebody out. */
  readonly #sinceMs = new Map<EpochId, number>()
  #timer: Cancel | undefined
  #isWriting = false
  #closed = false

  constructor(core: SpaceCore, writer: SpaceWriter) {
    this.#core = core
    this.#writer = writer
  }

  /** Members, devices or epochs changed, or may have before. */
  changed(): void {
    if (this.#timer === undefined && !this.#isWriting) this.#wait(SEALS_WAIT_MS)
  }

  close(): void {
    this.#closed = true
    this.#timer?.()
  }

  #wait(ms: number): void {
    if (this.#closed) return
    this.#timer = this.#core.ports.clock.after(ms, () => {
      this.#timer = undefined
      this.#look()
    })
  }

  #look(): void {
    const { clock } = this.#core.ports
    const leftOut = this.#mayGive(this.#core.state) ? this.#leftOutIn(this.#core.state) : []
    this.#note(leftOut.map(({ epoch }) => epoch.id))
    const waits = leftOut.map(({ epoch }) => {
      const dueMs = this.#sinceMs.get(epoch.id)! + this.#turnMs(epoch.id)
      return { epoch: epoch.id, ms: dueMs - clock.monotonic() }
    })
    const due = waits.filter(({ ms }) => ms <= 0).map(({ epoch }) => epoch)
    if (due.length > 0) void this.#give(new Set(due))
    else if (waits.length > 0) this.#wait(Math.min(...waits.map(({ ms }) => ms)))
  }

  #note(epochs: readonly EpochId[]): void {
    const nowMs = this.#core.ports.clock.monotonic()
    for (const epoch of this.#sinceMs.keys()) {
      if (!epochs.includes(epoch)) this.#sinceMs.delete(epoch)
    }
    for (const epoch of epochs) {
      if (!this.#sinceMs.has(epoch)) this.#sinceMs.set(epoch, nowMs)
    }
  }

  #turnMs(id: EpochId): number {
    const { state, ports, identity } = this.#core
    const epoch = state.epochs.get(id)!
    return turnOf(ports.crypto, state, epoch, identity.device) * SEALS_TURN_MS
  }

  async #give(due: ReadonlySet<EpochId>): Promise<void> {
    this.#isWriting = true
    let waitMs = SEALS_WAIT_MS
    try {
      const given = await this.#writer.submit((view) => this.#drafts(view, due))
      this.#core.ports.metrics.count('space_seals_given', given.length)
    } catch (error) {
      waitMs = SEALS_RETRY_MS
      this.#core.ports.logger.info('secrets could not be given to a device that lacks them', {
        code: errorCode(error),
      })
    }
    this.#isWriting = false
    this.#wait(waitMs)
  }

  #drafts({ state, past }: WriteView, due: ReadonlySet<EpochId>): Draft[] {
    if (!this.#mayGive(state)) return []
    const { graph, identity } = this.#core
    const drafts: Draft[] = []
    let left = SEALS_GIVEN_MAX
    for (const { epoch, recipients } of this.#leftOutIn(state)) {
      const given = due.has(epoch.id) ? recipients.slice(0, Math.min(left, EPOCH_SEALS_MAX)) : []
      if (given.length === 0) continue
      left -= given.length
      const seals = this.#core.keys.sealTo(epoch, given)
      const operation = { name: 'seals', epoch: epoch.id, seals } as const
      if (!graph.wouldCount(identity.device, operation, past)) continue
      drafts.push({ kind: 'control', operation })
    }
    return drafts
  }

  #leftOutIn(state: ControlState): readonly LeftOut[] {
    return findLeftOut(state, this.#core.keys.isKnown, (who) => this.#core.isReleased(state, who))
  }

  #mayGive(state: ControlState): boolean {
    const person = state.owners.get(this.#core.identity.device)
    const role = person === undefined ? undefined : state.members.get(person)?.role
    return role !== undefined && RANK_BY_ROLE[role] >= RANK_BY_ROLE.reader
  }
}
