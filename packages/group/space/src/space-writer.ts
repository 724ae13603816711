/**
 * The writer: turns what this device wants to say into entries of its log.
 *
 * Jobs queue up while a commit is being made durable, and the next commit takes them together: one signature and one
 * `fsync` for all. A job is asked for its drafts when its turn comes, with the state its entries will have in their
 * causal past, so what it decides (rank, epoch, who is waiting) is what everybody else will judge.
 *
 * Invariants:
 * 1. A job's entries are in one commit or in none; a job that refuses harms no other.
 * 2. After control operations the commit ends: the next job sees the state they made.
 * 3. Nothing is written while a longer version of the own log is known to exist elsewhere, or may exist (`log-doubt.ts`),
 *    nor where the space has rules that this version does not know (`rules-version.ts`).
 */

import { errorCode } from '@hamlet/core'
import type { DeviceId, EntryId } from '@hamlet/core'
import { EntryComposer } from './entry-composer.ts'
import { openOwnTrack } from './own-track.ts'
import type { Draft, WriteView } from './entry-composer.ts'
import { SpaceError } from './errors.ts'
import { LogDoubt } from './log-doubt.ts'
import { rulesKnownTo } from './rules-version.ts'
import type { SpaceCore } from './space-core.ts'
import type { Entry } from './types.ts'

export type Prepare = (view: WriteView) => readonly Draft[]

interface Job {
  readonly prepare: Prepare
  resolve(entries: readonly Entry[]): void
  reject(error: unknown): void
}

interface ComposedJob {
  readonly job: Job
  readonly from: number
  readonly to: number
}

const UNCONFIRMED_MESSAGE =
  'This device was copied or put back from a backup, and waits for another one to confirm that nothing it wrote is missing.'
/** A commit takes no further job once it has this many entries. */
const COMMIT_ENTRIES = 10_000

export class SpaceWriter {
  readonly doubt: LogDoubt
  readonly #core: SpaceCore
  readonly #jobs: Job[] = []
  readonly #referenced = new Map<DeviceId, number>()
  #pumping: Promise<void> | undefined
  #frozenUntil = 0
  /** The reset after which that was seen: what was signed before it is settled. */
  #frozenSince: EntryId | undefined

  constructor(core: SpaceCore) {
    this.#core = core
    this.doubt = new LogDoubt(
      () => core.ownTrack?.stored ?? 0,
      () => core.emit({ kind: 'trusted' }),
    )
  }

  /**
   * Whether a longer version of the own log is known to exist elsewhere, so that writing now would fork it; or its last
   * entries wait for others', so that what is written now could not be dated after them.
   */
  get isFrozen(): boolean {
    const { forks, identity } = this.#core
    if (forks.isFrozen(identity.device)) return true
    if (this.#isToGoOn()) return !this.#isResetApplied()
    const { stored, checked } = this.#core.ownTrack ?? { stored: 0, checked: 0 }
    const isBehind = this.#frozenSince === this.#resetId && stored < this.#frozenUntil
    return isBehind || checked < stored
  }

  /** A validly signed head of the own log of this length was seen. */
  freezeUntil(length: number): void {
    if (this.#frozenSince !== this.#resetId) this.#frozenUntil = 0
    this.#frozenSince = this.#resetId
    this.#frozenUntil = Math.max(this.#frozenUntil, length)
  }

  /** Resolves when the job's entries are durable and applied. @throws SpaceError */
  submit(prepare: Prepare): Promise<readonly Entry[]> {
    return new Promise((resolve, reject) => {
      this.#core.throwIfClosed()
      this.#jobs.push({ prepare, resolve, reject })
      this.#pumping ??= this.#pump()
    })
  }

  /** Resolves when the jobs submitted so far are done. */
  async drain(): Promise<void> {
    await this.#pumping
  }

  async #pump(): Promise<void> {
    // One turn later, so that jobs submitted in the same turn share the first commit.
    await Promise.resolve()
    while (this.#jobs.length > 0) await this.#commit()
    this.#pumping = undefined
  }

  async #commit(): Promise<void> {
    const composer = await this.#begin()
    if (composer === undefined) return
    const composed = this.#composeJobs(composer)
    if (composed.length === 0) return
    try {
      await this.#write(composer)
    } catch (error) {
      for (const { job } of composed) job.reject(asSpaceError(error))
      return
    }
    for (const { job, from, to } of composed) job.resolve(composer.entries.slice(from, to))
  }

  /** `undefined`: nothing can be written now, and the jobs were told so. */
  async #begin(): Promise<EntryComposer | undefined> {
    try {
      this.#throwIfFrozen()
      const track = await openOwnTrack(this.#core)
      return new EntryComposer(this.#core, track, this.#referenced)
    } catch (error) {
      for (const job of this.#jobs.splice(0)) job.reject(asSpaceError(error))
      return undefined
    }
  }

  #composeJobs(composer: EntryComposer): ComposedJob[] {
    const composed: ComposedJob[] = []
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      const from = composer.entries.length
      if (!this.#composeJob(composer, job)) continue
      const to = composer.entries.length
      composed.push({ job, from, to })
      const hasControl = composer.entries.slice(from).some(({ epoch }) => epoch === undefined)
      if (hasControl || to >= COMMIT_ENTRIES) break
    }
    return composed
  }

  /** `false`: the job was refused or had nothing to write, and was told so. */
  #composeJob(composer: EntryComposer, job: Job): boolean {
    const mark = composer.mark()
    try {
      for (const draft of job.prepare(composer.view)) composer.add(draft)
      this.#throwIfDayIsSpent(composer, mark.entries)
    } catch (error) {
      composer.rollback(mark)
      job.reject(asSpaceError(error))
      return false
    }
    if (composer.entries.length > mark.entries) return true
    job.resolve([])
    return false
  }

  async #write(composer: EntryComposer): Promise<void> {
    const { track } = composer
    const { device } = track
    const from = track.stored
    const { to } = await track.log.append(composer.blocks)
    for (const entry of composer.entries) track.keepDecoded(entry)
    for (const { log, length } of composer.named) this.#referenced.set(log, length)
    track.stored = to
    this.#core.settle([track.key])
    this.#core.emit({ kind: 'stored', device, from, to, local: true })
  }

  /** Control entries are never held up by what was written before them. */
  #throwIfDayIsSpent(composer: EntryComposer, from: number): void {
    const { view, track, entries, byteLength } = composer
    if (entries.slice(from).every(({ epoch }) => epoch === undefined)) return
    this.#core.allowances.throwIfSpent(track, view.author().role, entries, byteLength)
  }

  get #resetId(): EntryId | undefined {
    return this.#core.forks.resetOf(this.#core.identity.device)?.node.id
  }

  /** Whether the own log was reset and nothing was written behind that yet. */
  #isToGoOn(): boolean {
    const { forks, identity } = this.#core
    const reset = forks.resetOf(identity.device)
    const track = forks.goingOn(identity.device)
    return reset !== undefined && (track === undefined || track.stored === reset.length)
  }

  /** The first entry behind a reset is dated after it. */
  #isResetApplied(): boolean {
    const { forks, identity, tracks } = this.#core
    const { device, log, seq } = forks.resetOf(identity.device)!.node
    return (tracks.get(log ?? device)?.applied ?? 0) > seq
  }

  #throwIfFrozen(): void {
    this.#core.throwIfClosed()
    const { rules } = this.#core.state
    const known = rulesKnownTo(this.#core.ports)
    if (rules > known) {
      const message = 'this space has rules of a newer version; what is written needs an update'
      throw new SpaceError('SPACE_NEWER_RULES', message, {
        fields: { rules, known },
      })
    }
    if (this.#core.forks.isFrozen(this.#core.identity.device)) {
      const message =
        'this device wrote two histories here; another device of yours has to reset it'
      throw new SpaceError('SPACE_FORKED', message)
    }
    const length = this.#core.ownTrack?.stored ?? 0
    if (this.doubt.isOpen) {
      throw new SpaceError('SPACE_UNCONFIRMED', UNCONFIRMED_MESSAGE, { fields: { length } })
    }
    if (!this.isFrozen) return
    throw new SpaceError('SPACE_FROZEN', 'this device lacks entries its own log builds on', {
      fields: { length, lengthElsewhere: this.#frozenUntil },
    })
  }
}

/** What the disk or the log refused becomes `SPACE_DISK`; a log behind its own head is frozen. */
function asSpaceError(error: unknown): unknown {
  const code = errorCode(error)
  if (code === 'LOG_BEHIND') {
    return new SpaceError('SPACE_FROZEN', 'the own log is being fetched', { cause: error })
  }
  if (code?.startsWith('LOG_') === true || code?.startsWith('STORE_') === true) {
    return new SpaceError('SPACE_DISK', 'the entries could not be stored', { cause: error })
  }
  return error
}
