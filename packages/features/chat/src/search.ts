/**
 * Full-text search, newest first.
 *
 * Blocks of the index are opened from the one with the newest message on, some at a time, and only as long as results
 * are wanted. In each the places of the words are intersected; the message at each place is then read and checked
 * against the whole search, so nothing depends on how the candidates were found (see `search-index.ts`).
 *
 * The cost is a page for each word and block as far as the last result, about 10 µs, and the open block's messages.
 */

import { utf8 } from '@hamlet/core'
import { readRecords } from './chat-messages.ts'
import { BLOCK_PREFIX, OPEN_BLOCK_KEY, chunkKey, pageKey, parseBlockKey } from './keys.ts'
import { chunkOf, positionInSlot, toOpenBlock } from './search-index.ts'
import { findPlaces, wordGroup } from './word-page.ts'
import { matchesSearch } from './words.ts'
import type { EntryId } from '@hamlet/core'
import { keyId } from '@hamlet/space/entry-position'
import type { ViewReader } from '@hamlet/space/view'
import type { Search } from './words.ts'

export interface SearchBounds {
  /** Rooms searched. */
  readonly rooms: readonly EntryId[]
  /** Positions, exclusive. */
  readonly after: string | undefined
  readonly before: string | undefined
  readonly limit: number
}

interface Block {
  readonly newest: string
  readonly first: number
}

/** A word of the search, ready to be looked up. */
interface Term {
  readonly group: number
  readonly bytes: Uint8Array
  readonly isBeginning: boolean
}

/** Blocks opened together: few at first, most searches end there. */
const BLOCKS_FIRST = 4
const BLOCKS_MAX = 32
/** Candidates checked together. */
const CHECKED_TOGETHER = 64

/** Positions of matching messages, newest first. */
export async function searchMessages(
  view: ViewReader,
  search: Search,
  bounds: SearchBounds,
): Promise<readonly string[]> {
  const terms = searchTerms(search)
  if (terms.length === 0) return []
  const rooms = new Set(bounds.rooms)
  const found: string[] = []
  for await (const candidates of candidatesDown(view, terms, bounds)) {
    for (let from = 0; from < candidates.length; from += CHECKED_TOGETHER) {
      const chunk = candidates.slice(from, from + CHECKED_TOGETHER)
      const records = await readRecords(view, chunk.map(keyId))
      for (const [i, record] of records.entries()) {
        if (record === undefined || record.deleted || !rooms.has(record.room)) continue
        if (!matchesSearch(search, record.text)) continue
        found.push(chunk[i]!)
        if (found.length >= bounds.limit) return found
      }
    }
  }
  return found
}

function searchTerms({ words, prefix }: Search): readonly Term[] {
  const whole = words.map((word) => toTerm(word, false))
  return prefix === undefined ? whole : [...whole, toTerm(prefix, true)]
}

function toTerm(word: string, isBeginning: boolean): Term {
  return { group: wordGroup(word), bytes: utf8(word), isBeginning }
}

/**
 * Every position the index names, once, newest first. The open block is read before the list of closed ones: a block
 * that is closed in between is then seen twice rather than not at all.
 */
async function* candidatesDown(
  view: ViewReader,
  terms: readonly Term[],
  bounds: SearchBounds,
): AsyncGenerator<readonly string[]> {
  let waiting = await openPositions(view, bounds)
  for await (const blocks of blocksDown(view, bounds)) {
    const opened = await openBlocks(view, blocks, terms)
    const ahead = blocks[0]!.newest
    yield newestFirst(waiting.filter((position) => position > ahead))
    waiting = waiting.filter((position) => position <= ahead)
    for (const position of opened) if (isWithin(position, bounds)) waiting.push(position)
  }
  yield newestFirst(waiting)
}

function newestFirst(positions: readonly string[]): readonly string[] {
  return [...new Set(positions)].sort().toReversed()
}

async function openPositions(view: ViewReader, bounds: SearchBounds): Promise<string[]> {
  const { first, next } = toOpenBlock(await view.get(OPEN_BLOCK_KEY))
  if (first === next) return []
  const slots = Array.from({ length: next - first }, (_, i) => first + i)
  const positions = await positionsInSlots(view, slots)
  return positions.filter((position) => isWithin(position, bounds))
}

/** Closed blocks that can hold something within the bounds, by their newest position. */
async function* blocksDown(
  view: ViewReader,
  { after, before }: SearchBounds,
): AsyncGenerator<readonly Block[]> {
  let size = BLOCKS_FIRST
  let blocks: Block[] = []
  const range = { reverse: true, ...(after === undefined ? {} : { gt: after }) }
  for await (const [key, oldest] of view.range(BLOCK_PREFIX, range)) {
    if (before !== undefined && typeof oldest === 'string' && oldest >= before) continue
    blocks.push(parseBlockKey(key))
    if (blocks.length < size) continue
    yield blocks
    blocks = []
    size = Math.min(2 * size, BLOCKS_MAX)
  }
  if (blocks.length > 0) yield blocks
}

async function openBlocks(
  view: ViewReader,
  blocks: readonly Block[],
  terms: readonly Term[],
): Promise<readonly string[]> {
  const keys = blocks.flatMap(({ first }) => terms.map(({ group }) => pageKey(first, group)))
  const unique = [...new Set(keys)]
  const values = await view.getMany(unique)
  const pages = new Map(unique.map((key, i) => [key, values[i]]))
  const slots = blocks.flatMap(({ first }) => {
    const pageOf = (term: Term): Uint8Array | undefined => {
      const page = pages.get(pageKey(first, term.group))
      return page instanceof Uint8Array ? page : undefined
    }
    return commonPlaces(terms, pageOf).map((place) => first + place)
  })
  return positionsInSlots(view, slots)
}

/** Places where every term occurs. */
function commonPlaces(
  terms: readonly Term[],
  pageOf: (term: Term) => Uint8Array | undefined,
): readonly number[] {
  let common: ReadonlySet<number> | undefined
  for (const term of terms) {
    const page = pageOf(term)
    const places = page === undefined ? [] : findPlaces(page, term.bytes, term.isBeginning)
    const earlier = common
    common = new Set(earlier === undefined ? places : places.filter((at) => earlier.has(at)))
    if (common.size === 0) return []
  }
  return [...(common ?? [])]
}

async function positionsInSlots(view: ViewReader, slots: readonly number[]): Promise<string[]> {
  const numbers = [...new Set(slots.map(chunkOf))]
  const values = await view.getMany(numbers.map(chunkKey))
  const chunks = new Map(numbers.map((number, i) => [number, values[i]]))
  return slots.flatMap((slot) => positionInSlot(chunks.get(chunkOf(slot)), slot) ?? [])
}

function isWithin(position: string, { after, before }: SearchBounds): boolean {
  return (after === undefined || position > after) && (before === undefined || position < before)
}
