/**
 * Progress: the journal and the cursors of a space, made from its parts and put back into them at the next start.
 *
 * The journal is replayed in the order it was written, so the numbers of devices and pasts come out the same. Control
 * operations themselves are read from the logs: only the verdicts on them are stored. So a start costs what there is
 * of control operations, plus what came after the last write.
 */

import { idToBytes, readFields } from '@hamlet/core'
import type { CborValue, DeviceId, EntryId, EpochId, FieldReader, PersonId } from '@hamlet/core'
import type { ControlGraph } from './control-graph.ts'
import type { ControlNode } from './control-node.ts'
import { decodeOperation } from './control-operation.ts'
import type { DeviceTrack } from './device-track.ts'
import type { EpochVolumes } from './epoch-volumes.ts'
import type { LockedEntries } from './locked-entries.ts'
import type { Cursor, ProgressStore } from './space-store.ts'
import { TIME_COUNTER_MAX, TIME_MS_MAX } from './entry.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { Role } from './types.ts'

export interface SpaceParts {
  readonly graph: ControlGraph
  readonly tracks: ReadonlyMap<DeviceId, DeviceTrack>
  readonly locked: LockedEntries
  readonly volumes: EpochVolumes
}

const ROLES: readonly Role[] = ['owner', 'admin', 'writer', 'reader', 'relay']
const REASONS = ['dependency', 'time'] as const
/** Content entries followed between two writes; control operations are written at once. */
const ENTRIES_BETWEEN_WRITES = 256

export class Progress {
  readonly #parts: SpaceParts
  readonly #store: ProgressStore
  readonly #nodes: ControlNode[] = []
  #devicesWritten = 0
  #pastsWritten = 0
  #nodesWritten = 0
  #lockedWritten = 0
  readonly #runsWritten = new Map<DeviceId, number>()
  readonly #dirty = new Set<DeviceId>()
  #entriesPending = 0

  constructor(parts: SpaceParts, store: ProgressStore) {
    this.#parts = parts
    this.#store = store
  }

  /** `log`: its key. */
  note(log: DeviceId, entries: number): void {
    this.#dirty.add(log)
    this.#entriesPending += entries
  }

  noteNode(node: ControlNode): void {
    this.#nodes.push(node)
  }

  /** Writes when it is worth it, or always with `force`. */
  async save(force = false): Promise<void> {
    const isDue = this.#nodes.length > this.#nodesWritten
    if (!force && !isDue && this.#entriesPending < ENTRIES_BETWEEN_WRITES) return
    this.#entriesPending = 0
    const journal = this.#takeJournal()
    const cursors = [...this.#dirty].sort().map((device) => this.#cursorOf(device))
    this.#dirty.clear()
    if (journal.length + cursors.length === 0) return
    await this.#store.write(journal, cursors, this.#parts.volumes.encode())
  }

  /** Puts back what is stored. `false`: nothing is, or it does not fit the logs; the parts are then spoilt. */
  async restore(): Promise<boolean> {
    const stored = await this.#store.read()
    if (stored === undefined) return false
    for (const record of stored.journal) {
      const replayed = readFields(record, 'journal', (fields) => this.#replay(fields))
      if (!replayed.ok || !replayed.value) return false
    }
    for (const [device, value] of stored.cursors) {
      const placed = readFields(value, 'cursor', (fields) => this.#placeCursor(device, fields))
      if (!placed.ok || !placed.value) return false
    }
    const { tracks, volumes } = this.#parts
    if (!this.#nodes.every(({ device, log }) => tracks.get(log ?? device)!.runs.length > 0)) {
      return false
    }
    if (![...tracks.values()].every((track) => this.#isWhole(track))) return false
    if (stored.volumes !== undefined) volumes.restore(stored.volumes)
    this.#markWritten()
    return true
  }

  /** Whether the graph holds the operations that the device's entries have seen, and of its own no others. */
  #isWhole(track: DeviceTrack): boolean {
    const { graph } = this.#parts
    const { runs, checked } = track
    const last = runs.at(-1)
    // The index of a device that the journal does not know must not be asked for: it would count as written.
    if (last === undefined) return checked === track.base
    if (runs[0]!.from !== track.base || last.from >= checked) return false
    const own = last.past.counts[track.deviceIndex] ?? 0
    return graph.countOf(track.key) === own && runs.every(({ past }) => graph.holds(past))
  }

  #takeJournal(): CborValue[] {
    const { graph, tracks, locked } = this.#parts
    const { pasts } = graph
    const journal: CborValue[] = []
    for (const device of pasts.devices.slice(this.#devicesWritten)) {
      journal.push(['d', idToBytes(device)])
    }
    for (const past of pasts.pasts.slice(this.#pastsWritten)) journal.push(['p', past.counts])
    for (const node of this.#nodes.slice(this.#nodesWritten)) journal.push(nodeToCbor(node))
    for (const device of [...this.#dirty].sort()) {
      const track = tracks.get(device)!
      for (const { from, past } of track.runs.slice(this.#runsWritten.get(device) ?? 0)) {
        journal.push(['r', track.deviceIndex, from, past.number])
      }
    }
    for (const { epoch, device, seq } of locked.records.slice(this.#lockedWritten)) {
      journal.push(['l', idToBytes(epoch), pasts.indexOf(device), seq])
    }
    this.#markWritten()
    return journal
  }

  #markWritten(): void {
    const { graph, tracks, locked } = this.#parts
    this.#devicesWritten = graph.pasts.devices.length
    this.#pastsWritten = graph.pasts.pasts.length
    this.#nodesWritten = this.#nodes.length
    this.#lockedWritten = locked.records.length
    for (const [device, track] of tracks) this.#runsWritten.set(device, track.runs.length)
  }

  #cursorOf(device: DeviceId): Cursor {
    const { checked, applied, lastTime, rejection } = this.#parts.tracks.get(device)!
    const rejected = [rejection?.seq ?? null, rejection?.reason ?? null]
    const value = [checked, applied, lastTime.milliseconds, lastTime.counter, ...rejected]
    return { device, value }
  }

  #replay(fields: FieldReader): boolean {
    const { graph } = this.#parts
    switch (fields.oneOf(['d', 'p', 'r', 'c', 'l'])) {
      case 'd':
        graph.pasts.indexOf(fields.id())
        return true
      case 'p':
        graph.pasts.intern(fields.list(100_000, (items) => items.uint()))
        return true
      case 'r':
        return this.#replayRun(fields)
      case 'c':
        return this.#replayNode(fields)
      case 'l': {
        const epoch = fields.id<EpochId>()
        const device = graph.pasts.devices[fields.uint()]
        const seq = fields.uint()
        if (device !== undefined) this.#parts.locked.note(epoch, device, seq)
        return device !== undefined
      }
    }
  }

  #replayRun(fields: FieldReader): boolean {
    const track = this.#trackOf(fields.uint())
    const from = fields.uint()
    const past = this.#parts.graph.pasts.pasts[fields.uint()]
    if (track === undefined || past === undefined || from >= track.stored) return false
    if (from <= (track.runs.at(-1)?.from ?? -1)) return false
    track.runs.push({ from, past })
    return true
  }

  #replayNode(fields: FieldReader): boolean {
    const { graph } = this.#parts
    const track = this.#trackOf(fields.uint())
    const seq = fields.uint()
    const past = graph.pasts.pasts[fields.uint()]
    const verdict = {
      author: fields.optional(() => fields.id<PersonId>()),
      authorRole: fields.optional(() => fields.oneOf(ROLES)),
      authorised: fields.boolean(),
      needs: fields.int(RANK_BY_ROLE.relay, RANK_BY_ROLE.owner),
      tenure: fields.optional(() => fields.id<EntryId>()),
    }
    if (track === undefined || past === undefined || seq >= track.stored) return false
    if (!graph.holds(past)) return false
    const { id, device, log, time, payload, epoch } = track.entry(seq)
    const operation = decodeOperation(payload)
    if (!operation.ok || epoch !== undefined || graph.node(id) !== undefined) return false
    const place = {
      id,
      device,
      log,
      seq,
      timeMs: time.milliseconds,
      operation: operation.value,
      past,
    }
    // The verdict is here, so nothing is asked about what the operation had seen.
    this.noteNode(graph.add({ ...place, hasSeenBeyond: () => false }, verdict))
    return true
  }

  #placeCursor(device: DeviceId, fields: FieldReader): boolean {
    const track = this.#parts.tracks.get(device)
    const checked = fields.uint()
    const applied = fields.uint(checked)
    const time = { milliseconds: fields.uint(TIME_MS_MAX), counter: fields.uint(TIME_COUNTER_MAX) }
    const rejectedSeq = fields.optional(() => fields.uint())
    const reason = fields.optional(() => fields.oneOf(REASONS))
    if (track === undefined || checked > track.stored || applied < track.base) return false
    track.checked = checked
    track.applied = applied
    track.lastTime = time
    if (rejectedSeq !== undefined && reason !== undefined) {
      track.rejection = { device, seq: rejectedSeq, reason }
    }
    return true
  }

  #trackOf(deviceIndex: number): DeviceTrack | undefined {
    const device = this.#parts.graph.pasts.devices[deviceIndex]
    return device === undefined ? undefined : this.#parts.tracks.get(device)
  }
}

function nodeToCbor(node: ControlNode): CborValue {
  const { author, authorRole, authorised, needs, tenure } = node.verdict
  const place = [node.deviceIndex, node.seq, node.past.number]
  const person = author === undefined ? null : idToBytes(author)
  const begun = tenure === undefined ? null : idToBytes(tenure)
  return ['c', ...place, person, authorRole ?? null, authorised, needs, begun]
}
