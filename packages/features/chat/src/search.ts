/**
 * Full-text search, newest first.
 *
 * The word with the fewest messages drives: its messages are gone through from the newest, and each candidate's text
 * is checked against the whole search, so nothing depends on how the candidates were found. When every word is frequent
 * and only a beginning of a word is given, the messages themselves are gone through: what is frequent is soon found.
 *
 * The cost is that of the driving word's messages newer than the last result, at most `PROBE_MAX` of them for a
 * beginning of a word.
 */

import { readRecords } from './chat-messages.ts'
import { keyPosition, orderPrefix, positionText, wordPrefix } from './keys.ts'
import { matchesSearch } from './words.ts'
import type { EntryId } from '@hamlet/core'
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

/** Messages of a word looked at to judge how frequent it is. */
const PROBE_MAX = 2000
/** Candidates checked together. */
const CHUNK = 64

/** Positions of matching messages, newest first. */
export async function searchMessages(
  view: ViewReader,
  search: Search,
  bounds: SearchBounds,
): Promise<readonly string[]> {
  if (search.words.length === 0 && search.prefix === undefined) return []
  const rooms = new Set(bounds.rooms)
  const found: string[] = []
  for await (const chunk of chunksOf(await candidates(view, search, bounds))) {
    const ids = chunk.map((position) => keyPosition(position).id)
    const records = await readRecords(view, ids)
    for (const [i, record] of records.entries()) {
      if (record === undefined || record.deleted || !rooms.has(record.room)) continue
      if (!matchesSearch(search, record.text)) continue
      found.push(chunk[i]!)
      if (found.length >= bounds.limit) return found
    }
  }
  return found
}

async function candidates(
  view: ViewReader,
  search: Search,
  bounds: SearchBounds,
): Promise<AsyncIterable<string> | Iterable<string>> {
  let fewest = PROBE_MAX
  let driver: string | undefined = search.words[0]
  for (const word of search.words) {
    const count = await countUpTo(view, wordPrefix(word), fewest)
    if (count < fewest) driver = word
    fewest = Math.min(fewest, count)
  }
  if (search.prefix !== undefined) {
    const positions = await beginnings(view, search.prefix, bounds, fewest)
    if (positions !== undefined) return positions
  }
  if (driver !== undefined) return positionsDown(view, wordPrefix(driver), bounds)
  return mergeDown(bounds.rooms.map((room) => positionsDown(view, orderPrefix(room), bounds)))
}

/** Positions of all words that begin so, newest first; `undefined` when they are `max` or more. */
async function beginnings(
  view: ViewReader,
  prefix: string,
  bounds: SearchBounds,
  max: number,
): Promise<readonly string[] | undefined> {
  const positions = new Set<string>()
  let read = 0
  for await (const [key] of view.range(`w/${prefix}`, { limit: max })) {
    read++
    const position = positionOf(key)
    if (isWithin(position, bounds)) positions.add(position)
  }
  return read < max ? [...positions].sort().toReversed() : undefined
}

async function countUpTo(view: ViewReader, prefix: string, max: number): Promise<number> {
  let count = 0
  for await (const [key] of view.range(prefix, { limit: max })) {
    if (key.startsWith(prefix)) count++
  }
  return count
}

async function* positionsDown(
  view: ViewReader,
  prefix: string,
  { after, before }: SearchBounds,
): AsyncGenerator<string> {
  const range = {
    ...(after === undefined ? {} : { gt: after }),
    ...(before === undefined ? {} : { lt: before }),
    reverse: true,
  }
  for await (const [key] of view.range(prefix, range)) yield positionOf(key)
}

async function* mergeDown(sources: readonly AsyncGenerator<string>[]): AsyncGenerator<string> {
  const heads = await Promise.all(sources.map((source) => source.next()))
  try {
    for (;;) {
      let newest = -1
      heads.forEach(({ done, value }, i) => {
        const best = heads[newest]?.value
        if (!done && (best === undefined || value > best)) newest = i
      })
      if (newest < 0) return
      yield heads[newest]!.value as string
      heads[newest] = await sources[newest]!.next()
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)))
  }
}

async function* chunksOf(
  positions: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<readonly string[]> {
  let chunk: string[] = []
  for await (const position of positions) {
    chunk.push(position)
    if (chunk.length < CHUNK) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

function positionOf(key: string): string {
  const { time, id } = keyPosition(key)
  return positionText(time, id)
}

function isWithin(position: string, { after, before }: SearchBounds): boolean {
  return (after === undefined || position > after) && (before === undefined || position < before)
}
