/**
 * One view inside a runner: its generations, its checkpoint and its fold.
 *
 * A generation is a complete keyspace of the state. Normally the active one is folded on. When the set below the
 * checkpoint has changed, the next generation is built from nothing beside it and takes over when it has caught up.
 * A new version of the definition cannot read the old values, so then the old generation goes at once. So it does when
 * the types have changed, in whichever direction: what was passed over as unknown counts now, or the other way round.
 */

import { assert, equalBytes, utf8 } from '@hamlet/core'
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts'
import { FoldState } from './fold-state.ts'
import { isCovered, isWithin } from './version-vector.ts'
import { createViewKeys, endOfPrefix, generationText } from './view-keys.ts'
import { RANK_BY_ROLE } from '../types.ts'
import type { DeviceId, Kv, KvWrite, Logger } from '@hamlet/core'
import type { Checkpoint } from './checkpoint.ts'
import type { ContentEntry, VersionVector } from '../types.ts'
import type { ViewDefinition, ViewEvent } from './view-definition.ts'
import type { ViewKeys } from './view-keys.ts'
import type { ViewSource } from './source.ts'

export interface SlotBatch {
  readonly writes: KvWrite[]
  readonly event: ViewEvent | undefined
}

export class ViewSlot {
  readonly definition: ViewDefinition
  readonly keys: ViewKeys
  readonly #kv: Kv
  readonly #logger: Logger
  readonly #state: FoldState
  readonly #named: ReadonlySet<string>
  readonly #types: Uint8Array
  #active = 0
  #folding = 0
  /** Generations from here to the active one are still to be cleared. */
  #oldest = 0
  #complete = false
  #discarded = false
  #hidden = ''
  #vector = new Map<DeviceId, number>()
  /** `undefined` until the first complete pass: before it nothing counts as arriving. */
  #arrived: Map<DeviceId, number> | undefined

  /** `named`: every type that some view of the runner folds. */
  constructor(definition: ViewDefinition, kv: Kv, logger: Logger, named: ReadonlySet<string>) {
    this.definition = definition
    this.#named = named
    this.#types = utf8(typesText(definition, named))
    this.keys = createViewKeys(definition.name)
    this.#kv = kv
    this.#logger = logger
    this.#state = new FoldState(kv, this.keys.dataPrefix(0), this.keys.localPrefix)
  }

  /** The generation readers see. */
  get active(): number {
    return this.#active
  }

  get vector(): VersionVector {
    return this.#vector
  }

  /** Caught up once, and not being rebuilt. */
  get isComplete(): boolean {
    return this.#complete && this.#folding === this.#active
  }

  /** Reads where it stopped, forgetting whatever is in memory. */
  async load(): Promise<void> {
    this.#active = parseGeneration(await this.#kv.get(this.keys.active))
    const arrived = await this.#kv.get(this.keys.arrived)
    const known = arrived && decodeCheckpoint(arrived)
    this.#arrived = known && new Map(known.vector)
    await this.#clearGenerations(0, this.#active)
    this.#oldest = this.#active
    const active = await this.#resume(this.#active)
    const building = await this.#resume(this.#active + 1)
    if (building === undefined) this.#moveTo(this.#active, active)
    else this.#moveTo(this.#active + 1, building)
    const versions = [active?.version, building?.version].filter((each) => each !== undefined)
    const types = await this.#kv.get(this.keys.types)
    const fits = types !== undefined && equalBytes(types, this.#types)
    const isOther = versions.some((version) => version !== this.definition.version)
    if (versions.length > 0 && (isOther || !fits)) await this.#abandon()
    // Behind the values that were folded from other types: a crash in between only abandons again.
    if (!fits) await this.#kv.put(this.keys.types, this.#types)
  }

  /** Makes what is folded fit what the source counts now: nothing, or the start of a rebuild. */
  async align(source: ViewSource): Promise<void> {
    const fits = isWithin(this.#vector, source.lengths())
    if (fits && (this.#vector.size === 0 || source.hidden(this.#vector) === this.#hidden)) return
    this.#logger.info('view is rebuilt', { view: this.definition.name })
    await this.#clearGenerations(this.#active + 1)
    this.#moveTo(this.#active + 1, undefined)
  }

  /** Throws unreadable values away. `false` when that was done before: then it is not the state that is damaged. */
  async discard(): Promise<boolean> {
    if (this.#discarded) return false
    this.#discarded = true
    this.#logger.warn('view is damaged and built anew', { view: this.definition.name })
    await this.#abandon()
    return true
  }

  /** Entries of a batch that this view still has to fold. */
  select(batch: readonly ContentEntry[]): readonly ContentEntry[] {
    return batch.filter((entry) => this.#concerns(entry) && !isCovered(entry, this.#vector))
  }

  async fold(entries: readonly ContentEntry[]): Promise<void> {
    await this.#state.prefetch(entries.flatMap((entry) => this.definition.reads(entry)))
    for (const entry of entries) {
      try {
        const missed = this.#state.fold(() => this.#foldOne(entry))
        if (missed !== undefined) await missed
      } catch (error) {
        this.#skip(entry, error)
      }
    }
  }

  /** The batch's writes with the checkpoint that goes with them. `reached`: what is folded now. */
  take(reached: VersionVector, source: ViewSource, complete: boolean): SlotBatch {
    this.#reach(reached)
    this.#hidden = source.hidden(this.#vector)
    this.#complete ||= complete
    const { writes, changes } = this.#state.takeWrites()
    const checkpoint = this.#toCheckpoint(this.#vector)
    writes.push(put(this.keys.checkpoint(this.#folding), encodeCheckpoint(checkpoint)))
    this.#advanceArrived(reached, complete, writes)
    return this.#switchOver(complete, changes, writes)
  }

  /** After the batch is stored. */
  async settle(): Promise<void> {
    this.#state.settle()
    if (this.#oldest === this.#active) return
    await this.#clearGenerations(this.#oldest, this.#active)
    this.#oldest = this.#active
  }

  #concerns(entry: ContentEntry): boolean {
    const { types } = this.definition
    const isKnown = this.#named.has(entry.type)
    const role = isKnown ? types.get(entry.type) : this.definition.roleOfUnknown?.(entry.type)
    return role !== undefined && RANK_BY_ROLE[entry.role] >= RANK_BY_ROLE[role]
  }

  #foldOne(entry: ContentEntry): void {
    const { view, local } = this.#state
    const arrives = this.#arrived !== undefined && !isCovered(entry, this.#arrived)
    if (arrives) this.definition.arrive?.(entry, view, local)
    this.definition.fold(entry, view)
  }

  /** One entry that trips a fold must not stop a group's chat: the same entry is skipped on every device. */
  #skip(entry: ContentEntry, error: unknown): void {
    if (isStoreFailure(error)) throw error
    this.#logger.error('an entry could not be folded', {
      view: this.definition.name,
      entry: entry.id,
      type: entry.type,
      error: String(error),
    })
  }

  #reach(reached: VersionVector): void {
    for (const [device, length] of reached) {
      if (length > (this.#vector.get(device) ?? 0)) this.#vector.set(device, length)
    }
  }

  #advanceArrived(reached: VersionVector, complete: boolean, writes: KvWrite[]): void {
    if (this.definition.arrive === undefined) return
    if (this.#arrived === undefined && !complete) return
    const arrived = (this.#arrived ??= new Map())
    let grown = arrived.size === 0
    for (const [device, length] of reached) {
      if (length <= (arrived.get(device) ?? 0)) continue
      arrived.set(device, length)
      grown = true
    }
    if (grown) writes.push(put(this.keys.arrived, encodeCheckpoint(this.#toCheckpoint(arrived))))
  }

  #switchOver(complete: boolean, changes: readonly unknown[], writes: KvWrite[]): SlotBatch {
    if (this.#folding === this.#active) {
      return { writes, event: changes.length > 0 ? { kind: 'changed', changes } : undefined }
    }
    if (!complete) return { writes, event: undefined }
    this.#active = this.#folding
    writes.push(put(this.keys.active, utf8(generationText(this.#active))))
    return { writes, event: { kind: 'rebuilt' } }
  }

  #toCheckpoint(vector: VersionVector): Checkpoint {
    const { version } = this.definition
    return { version, complete: this.#complete, hidden: this.#hidden, vector }
  }

  /** Where a generation stopped; one without a readable checkpoint is cleared. */
  async #resume(generation: number): Promise<Checkpoint | undefined> {
    const bytes = await this.#kv.get(this.keys.checkpoint(generation))
    const checkpoint = bytes && decodeCheckpoint(bytes)
    if (checkpoint === undefined) await this.#clearGenerations(generation)
    return checkpoint
  }

  /** Values that cannot be used: out of sight at once, the state is empty until it has caught up. */
  async #abandon(): Promise<void> {
    const next = this.#active + 2
    await this.#kv.put(this.keys.active, utf8(generationText(next)))
    await this.#clearGenerations(this.#active, next)
    this.#active = next
    this.#oldest = next
    this.#moveTo(next, undefined)
  }

  #moveTo(generation: number, checkpoint: Checkpoint | undefined): void {
    this.#folding = generation
    this.#vector = new Map(checkpoint?.vector)
    this.#hidden = checkpoint?.hidden ?? ''
    this.#complete = checkpoint?.complete ?? false
    this.#state.moveTo(this.keys.dataPrefix(generation))
  }

  /** The checkpoint goes first: what a crash leaves behind has none and is cleared at the next start. */
  async #clearGenerations(from: number, before = from + 1): Promise<void> {
    assert(from <= before, 'generations are cleared in order')
    if (from === before) return
    if (before === from + 1) await this.#kv.delete(this.keys.checkpoint(from))
    await this.#kv.clear({
      gte: utf8(this.keys.generationPrefix(from)),
      lt: endOfPrefix(this.keys.generationPrefix(before - 1)),
    })
  }
}

/** What decides which entries a view is folded from; the order in which views and types are listed does not. */
function typesText(definition: ViewDefinition, named: ReadonlySet<string>): string {
  const own = [...definition.types].map(([type, role]) => `${type} ${role}`)
  const unknown = definition.roleOfUnknown === undefined ? [] : ['beside', ...[...named].sort()]
  return [...own.sort(), ...unknown].join('\n')
}

function parseGeneration(bytes: Uint8Array | undefined): number {
  if (bytes === undefined) return 0
  const text = String.fromCharCode(...bytes.subarray(0, 8))
  return /^[0-9a-f]{8}$/.test(text) ? Number.parseInt(text, 16) : 0
}

function put(key: Uint8Array, value: Uint8Array): KvWrite {
  return { type: 'put', key, value }
}

/** Storage errors have a code and concern the whole run; a fold's own mistakes have none. */
function isStoreFailure(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error
}
