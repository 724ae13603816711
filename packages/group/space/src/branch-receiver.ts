/**
 * Receiving further histories of devices that signed several.
 *
 * Somebody honest may have built on another history than the one that is here, before they knew that there are two. Then that
 * history is asked for by the entry they named, and stored beside the first as a log of its own (`log-set.ts`). Nothing is
 * stored that no entry here, and no reset, asks for: a device cannot fill disks by signing many histories.
 *
 * A peer that holds the history answers with ranges of it. Where it parts from ours may not be known, so the first
 * question begins where a proof says it does, or at the end of ours, and goes back by halves when the answer does not fit.
 */

import { err, ok } from '@hamlet/core'
import type { DeviceId, EntryId, Result } from '@hamlet/core'
import { rangesBefore } from '@hamlet/log'
import type { LogRange } from '@hamlet/log'
import type { DeviceTrack } from './device-track.ts'
import { entryLeafLength } from './entry.ts'
import type { EncodedEntry } from './entry.ts'
import type { Accepted, RefusedEntries } from './acceptance.ts'
import { isSeam } from './fork-book.ts'
import { readForkPoint } from './fork-evidence.ts'
import type { SpaceCore } from './space-core.ts'
import { branchDirectory, removeFiles } from './space-store.ts'

/** An entry of a history that is not here, and from where on to ask for that history. */
export interface BranchWant {
  readonly device: DeviceId
  readonly seq: number
  readonly id: EntryId
  readonly from: number
}

/** Histories of one device: each needs a log that builds on it, so there are no more than devices, and some to spare. */
export const BRANCHES_SPARE = 8

/** Where entries belong: all before `common` is in the history of `track` too. */
interface Place {
  readonly track: DeviceTrack
  readonly common: number
}

export class BranchReceiver {
  readonly #core: SpaceCore
  /** By the entry wanted: where to begin asking. */
  readonly #from = new Map<EntryId, number>()

  constructor(core: SpaceCore) {
    this.#core = core
  }

  wants(): BranchWant[] {
    const { applier, forks } = this.#core
    const missing = [
      ...applier.missingBranches((device) => forks.has(device)),
      ...forks.resetsWithout,
    ]
    const wanted = new Set(missing.map(({ id }) => id))
    for (const id of this.#from.keys()) if (!wanted.has(id)) this.#from.delete(id)
    return missing.map(({ device, seq, id }) => {
      return { device, seq, id, from: this.#from.get(id) ?? this.#firstGuess(device, seq) }
    })
  }

  /** A part of the history asked for. */
  async accept(
    want: BranchWant,
    range: LogRange,
    entries: readonly EncodedEntry[],
  ): Promise<Accepted> {
    const isWanted = this.wants().some(({ id }) => id === want.id)
    const named = entries[want.seq - range.from]
    if (!isWanted || entries.length === 0) return ok({ from: 0, to: 0 })
    if (named !== undefined && named.id !== want.id) return refuse('SPACE_ENTRY_MISPLACED')
    if (!this.#core.tracks.has(want.device)) await this.#core.openTrack(want.device)
    const place = this.#placeOf(want.device, range.from, entries)
    const accepted = place && (await this.#store(place, range, entries))
    if (accepted?.ok === true) this.#from.set(want.id, range.from + entries.length)
    else this.#from.set(want.id, Math.floor(Math.min(want.from, range.from) / 2))
    return accepted ?? refuse('SPACE_ENTRY_MISPLACED')
  }

  /** What a device writes that was reset. It parts from what the device may have written there before. */
  async acceptBehindReset(
    device: DeviceId,
    range: LogRange,
    entries: readonly EncodedEntry[],
  ): Promise<Accepted> {
    const reset = this.#core.forks.resetOf(device)!
    const track = this.#core.forks.currentOf(device)!
    if (entries.length === 0 || range.from > track.stored) return refuse('LOG_GAP')
    const place = this.#placeOf(device, range.from, entries)
    if (place === undefined) return refuse('SPACE_ENTRY_MISPLACED')
    const first = entries[place.common - range.from]
    if (first === undefined) return this.#store(place, range, entries)
    const { common } = place
    const parts = common < place.track.stored || (common === reset.length && !place.track.isWhole)
    if (!parts) return this.#store(place, range, entries)
    if (common === reset.length && isSeam(first, reset)) {
      return this.#branchOff(place, range, entries)
    }
    return common < place.track.stored ? this.#refuseFork(place, range) : refuse('LOG_CONFLICT')
  }

  #firstGuess(device: DeviceId, seq: number): number {
    const { logs, forks } = this.#core
    const stored = logs.tracks.get(device)?.stored ?? 0
    return Math.min(stored, seq, forks.firstForkOf(device) ?? Infinity)
  }

  /** The history here that shares most with the entries. */
  #placeOf(device: DeviceId, from: number, entries: readonly EncodedEntry[]): Place | undefined {
    const { previous } = entries[0]!
    const places = this.#core.logs.logsOf(device).flatMap((track): Place[] => {
      if (from > track.stored || (from > 0 && track.point(from - 1).id !== previous)) return []
      let common = from
      while (common < track.stored && entries[common - from]?.id === track.point(common).id)
        common++
      return [{ track, common }]
    })
    return places.sort((a, b) => b.common - a.common)[0]
  }

  async #store(place: Place, range: LogRange, entries: readonly EncodedEntry[]): Promise<Accepted> {
    const { track, common } = place
    const isKnown = common === range.from + entries.length
    if (common < track.stored && !isKnown) return this.#branchOff(place, range, entries)
    const extended = await this.#extend(track, range)
    // The head of the log here may speak of entries that are not: of another history, which parts from this one there.
    const parts = !extended.ok && extended.error.code === 'LOG_FORKED' && !isKnown
    return parts ? this.#branchOff(place, range, entries) : extended
  }

  async #extend(track: DeviceTrack, range: LogRange): Promise<Accepted> {
    const from = track.stored
    const accepted = await track.log.accept(range)
    if (!accepted.ok) return this.#refused(accepted.error)
    track.stored = track.log.length
    this.#stored(track, from)
    await this.#provePartings(track, from, range)
    return ok({ from, to: track.stored })
  }

  async #branchOff(
    { track, common }: Place,
    range: LogRange,
    entries: readonly EncodedEntry[],
  ): Promise<Accepted> {
    const { device } = track
    if (this.#core.logs.branchesOf(device).length >= this.#branchesMax()) {
      return refuse('SPACE_TOO_MANY_BRANCHES')
    }
    // Where the log here ends, it cannot tell where the two part.
    if (common < track.stored) await this.#refuseFork({ track, common }, range)
    const key = entries[common - range.from]!.id as string as DeviceId
    const directory = branchDirectory(key)
    await removeFiles(this.#core.ports.disk, directory)
    const log = await this.#core.openLogAt(directory, device)
    const beginning = rangesBefore(this.#core.ports.crypto, track.log, range, entryLeafLength)
    for (const each of [...beginning, range]) {
      const accepted = await log.accept(each)
      if (accepted.ok) continue
      await log.close()
      return this.#refused(accepted.error)
    }
    const parent = common === 0 ? track : track.ownerOf(common - 1)
    const branch = this.#core.newTrack(device, log, { key, parent, base: common })
    await this.#core.addBranch(branch)
    this.#stored(branch, common)
    await this.#provePartings(branch, common, range)
    return ok({ from: common, to: branch.stored })
  }

  /** What ended at a place could not prove that another history here parts from it there; what follows now can. */
  async #provePartings(track: DeviceTrack, at: number, range: LogRange): Promise<void> {
    if (track.stored <= at) return
    const parting = this.#core.logs.logsOf(track.device).filter((other) => {
      if (other === track || other.stored <= at || other.point(at).id === track.point(at).id)
        return false
      return at === 0 || other.point(at - 1).id === track.point(at - 1).id
    })
    for (const other of parting) await this.#refuseFork({ track: other, common: at }, range)
  }

  /** The log here says where the two part, and proves it. */
  async #refuseFork({ track }: Place, range: LogRange): Promise<Accepted> {
    const judged = await track.log.accept(range)
    return judged.ok ? refuse('LOG_CONFLICT') : this.#refused(judged.error)
  }

  #refused(
    error: RefusedEntries & { readonly point?: Parameters<typeof readForkPoint>[2] },
  ): Accepted {
    const { ports, id } = this.#core
    const evidence = error.point && readForkPoint(ports.crypto, id, error.point)
    if (evidence !== undefined) this.#core.keepFork(evidence)
    return refuse(error.code, error.message)
  }

  #stored(track: DeviceTrack, from: number): void {
    this.#core.settle([track.key])
    const { device, stored: to } = track
    if (this.#core.forks.currentOf(device) !== track) return
    this.#core.emit({ kind: 'stored', device, from, to, local: false })
  }

  #branchesMax(): number {
    return this.#core.graph.knownDevices.size + BRANCHES_SPARE
  }
}

const MESSAGES: Record<string, string> = {
  SPACE_ENTRY_MISPLACED: 'not of a history that is known here',
  SPACE_TOO_MANY_BRANCHES: 'as many histories of this device are here as others can have built on',
  LOG_GAP: 'expected the entry behind the last one',
  LOG_CONFLICT: 'not the history that is here',
}

function refuse(code: string, message = MESSAGES[code] ?? code): Result<never, RefusedEntries> {
  return err({ code, message })
}
