/**
 * Which chunk a source is asked for next.
 *
 * In this order: what is wanted by a deadline, soonest first; what is wanted without one, in order; then, for the first few, any
 * by chance, so that there is soon something to give; then the rarest. When every missing chunk was asked of somebody, the
 * last ones may be asked of others as well (`duplicates`), so that one slow source does not hold up the end.
 *
 * Of a blob of which not everything is to come, chunks may be selected; what somebody waits for comes whether it was selected or not.
 *
 * Invariants:
 * 1. A source is never asked for what it does not hold, nor for a chunk that is here, nor for one it was asked for and may still answer.
 * 2. A chunk is in the order if and only if it is selected, missing here and asked of nobody.
 */

import type { Cancel, Random } from '@hamlet/core'
import { ChunkOrder } from './chunk-order.ts'
import type { ChunkSet } from '../chunk-set.ts'
import { SeededChoice } from './seeded-choice.ts'

/** Chunks picked by chance before rarity counts. */
const FIRST_CHUNKS = 4
/** Places looked at before a source's own list is gone through instead. */
const SCAN_MAX = 1024
/** Wants at once; the oldest without a deadline goes first. */
export const WANTS_MAX = 256

/** What is known of one source. */
export interface PickSource {
  readonly held: ChunkSet
  /** It was asked for the chunk and may still answer. */
  isAsked(chunk: number): boolean
}

interface Want {
  first: number
  readonly end: number
  /** Of the monotonic clock; infinite: only before the rest. */
  readonly deadlineMs: number
}

export class ChunkPicker {
  readonly #chunkCount: number
  readonly #isHeld: (chunk: number) => boolean
  readonly #choice: SeededChoice
  readonly #order: ChunkOrder
  /** By chunk, of how many sources it is asked. */
  readonly #asked = new Map<number, number>()
  /** Sources, and whether each held everything when it came: those count for all chunks at once. */
  readonly #sources = new Map<PickSource, boolean>()
  #completeSources = 0
  #wants: Want[] = []
  /** `undefined`: all are. */
  #selected: ChunkSet | undefined
  #missing = 0
  /** Of those that are selected. */
  #selectedMissing = 0
  #taken = 0

  constructor(chunkCount: number, isHeld: (chunk: number) => boolean, random: Random) {
    this.#chunkCount = chunkCount
    this.#isHeld = isHeld
    this.#choice = new SeededChoice(random)
    this.#order = new ChunkOrder(chunkCount, this.#choice)
    for (let chunk = 0; chunk < chunkCount; chunk++) if (!isHeld(chunk)) this.#missing++
    this.select(undefined)
  }

  /** Which chunks are to come; `undefined`: all. */
  select(chunks: ChunkSet | undefined): void {
    this.#selected = chunks
    this.#selectedMissing = 0
    for (let chunk = 0; chunk < this.#chunkCount; chunk++) {
      const isDue = this.#isSelected(chunk) && !this.#isHeld(chunk)
      if (isDue) this.#selectedMissing++
      if (isDue && !this.#asked.has(chunk)) this.#order.insert(chunk)
      else this.#order.remove(chunk)
    }
  }

  /** Chunks that are not here. */
  get missing(): number {
    return this.#missing
  }

  /** Selected chunks that are missing and that nobody was asked for. */
  get unasked(): number {
    return this.#order.size
  }

  /** Whether anything is to come that is not here. */
  get isWanting(): boolean {
    if (this.#selectedMissing > 0 || this.#missing === 0) return this.#missing > 0
    this.#dropFulfilled()
    return this.#wants.length > 0
  }

  get hasUrgent(): boolean {
    return this.#wants.length > 0
  }

  addSource(source: PickSource): void {
    const { held } = source
    const isComplete = held.isFull
    this.#sources.set(source, isComplete)
    if (isComplete) this.#completeSources++
    else for (const chunk of held) this.#order.raise(chunk)
  }

  removeSource(source: PickSource): void {
    const wasComplete = this.#sources.get(source)
    if (wasComplete === undefined) return
    this.#sources.delete(source)
    if (wasComplete) this.#completeSources--
    else for (const chunk of source.held) this.#order.lower(chunk)
  }

  /** To be called after the chunk was added to what the source holds. */
  gained(source: PickSource, chunk: number): void {
    if (this.#sources.get(source) === false) this.#order.raise(chunk)
  }

  /** To be called before the chunk is taken out of what the source holds. */
  lost(source: PickSource, chunk: number): void {
    const wasComplete = this.#sources.get(source)
    if (wasComplete === undefined) return
    if (wasComplete) {
      this.removeSource(source)
      this.#sources.set(source, false)
      for (const each of source.held) this.#order.raise(each)
    }
    this.#order.lower(chunk)
  }

  /** Copies of the rarest chunk among the sources, and the part of chunks there are more copies of: 2.5 is two and a half. */
  get availability(): number {
    let least = Number.POSITIVE_INFINITY
    let atLeast = 0
    for (let chunk = 0; chunk < this.#chunkCount; chunk++) {
      const copies = this.#order.availabilityOf(chunk)
      if (copies < least) [least, atLeast] = [copies, 1]
      else if (copies === least) atLeast++
    }
    if (this.#chunkCount === 0) return this.#completeSources
    return this.#completeSources + least + (this.#chunkCount - atLeast) / this.#chunkCount
  }

  asked(chunk: number): void {
    this.#asked.set(chunk, (this.#asked.get(chunk) ?? 0) + 1)
    this.#order.remove(chunk)
  }

  /** A source will not answer, or not soon. */
  released(chunk: number): void {
    const count = (this.#asked.get(chunk) ?? 0) - 1
    if (count > 0) {
      this.#asked.set(chunk, count)
      return
    }
    this.#asked.delete(chunk)
    if (this.#isSelected(chunk) && !this.#isHeld(chunk)) this.#order.insert(chunk)
  }

  /** The chunk is here now, whoever brought it. */
  stored(chunk: number): void {
    this.#missing--
    if (this.#isSelected(chunk)) this.#selectedMissing--
    this.#taken++
    this.#order.remove(chunk)
  }

  /** A stretch that somebody waits for, until the result is called. */
  want(first: number, count: number, deadlineMs: number): Cancel {
    const end = Math.min(first + count, this.#chunkCount)
    if (first >= end) return () => undefined
    const want = { first, end, deadlineMs }
    this.#wants.push(want)
    this.#wants.sort((a, b) => a.deadlineMs - b.deadlineMs)
    if (this.#wants.length > WANTS_MAX) this.#wants.pop()
    return () => void (this.#wants = this.#wants.filter((each) => each !== want))
  }

  unwant(): void {
    this.#wants = []
  }

  /** The next chunk for a source, if it has one that nobody was asked for. */
  pick(source: PickSource): number | undefined {
    return this.#pickWanted(source) ?? this.#pickAny(source)
  }

  /** The next that somebody waits for, of those. */
  #pickWanted(source: PickSource): number | undefined {
    this.#dropFulfilled()
    for (const { first, end } of this.#wants) {
      for (let chunk = first; chunk < end; chunk++) {
        if (this.#isUnasked(chunk) && mayAsk(source, chunk)) return chunk
      }
    }
    return undefined
  }

  #isSelected(chunk: number): boolean {
    return this.#selected === undefined || this.#selected.has(chunk)
  }

  #isUnasked(chunk: number): boolean {
    return !this.#isHeld(chunk) && !this.#asked.has(chunk)
  }

  /**
   * A chunk that others were asked for and this source holds, if `isWorth` says that it may be sooner here: of those that are wanted by a
   * deadline, and of any once nothing else is left to ask for.
   */
  duplicate(
    source: PickSource,
    copiesMax: number,
    isWorth: (chunk: number) => boolean,
  ): number | undefined {
    const isPossible = (chunk: number): boolean =>
      mayAsk(source, chunk) &&
      (this.#asked.get(chunk) ?? copiesMax) < copiesMax &&
      !this.#isHeld(chunk) &&
      isWorth(chunk)
    for (const { first, end, deadlineMs } of this.#wants) {
      if (deadlineMs === Number.POSITIVE_INFINITY) break
      for (let chunk = first; chunk < end; chunk++) if (isPossible(chunk)) return chunk
    }
    if (this.#order.size > 0) return undefined
    for (const chunk of this.#asked.keys()) if (isPossible(chunk)) return chunk
    return undefined
  }

  #dropFulfilled(): void {
    for (const want of this.#wants) {
      while (want.first < want.end && this.#isHeld(want.first)) want.first++
    }
    this.#wants = this.#wants.filter(({ first, end }) => first < end)
  }

  #pickAny(source: PickSource): number | undefined {
    const { held } = source
    const { size } = this.#order
    if (size === 0 || held.size === 0) return undefined
    const start = this.#taken < FIRST_CHUNKS ? this.#choice.below(size) : 0
    const scanned = Math.min(size, SCAN_MAX)
    for (let i = 0; i < scanned; i++) {
      const chunk = this.#order.at((start + i) % size)
      if (mayAsk(source, chunk)) return chunk
    }
    return scanned < size ? this.#pickOfFew(source) : undefined
  }

  /** Of a source that holds little of what is rare. */
  #pickOfFew(source: PickSource): number | undefined {
    const { held } = source
    const start = this.#choice.below(this.#chunkCount)
    const isIn = (chunk: number | undefined): boolean =>
      chunk !== undefined && this.#order.has(chunk) && !source.isAsked(chunk)
    let chunk = held.next(start)
    while (chunk !== undefined && !isIn(chunk)) chunk = held.next(chunk + 1)
    if (chunk !== undefined) return chunk
    chunk = held.next(0)
    while (chunk !== undefined && !isIn(chunk)) chunk = held.next(chunk + 1)
    return chunk
  }
}

/** What a source was asked for it may still answer, also when others are asked by now. */
function mayAsk(source: PickSource, chunk: number): boolean {
  return source.held.has(chunk) && !source.isAsked(chunk)
}
