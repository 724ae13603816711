/**
 * One page of a listing, from keys in order: rolls up what has a delimiter behind the prefix, and stops at the limit.
 *
 * A backend gives its keys from a bound on. The bound moves while they are walked, past a whole common prefix at a time, and a backend
 * that keeps its keys in a tree passes over the branches before it.
 */

import type { ListPage, ListQuery, ListedObject } from './s3-backend.ts'
import { compareKeys } from './names.ts'

/** Keys before `from` may be left out; it grows while the walk goes on. */
export interface WalkBound {
  from: string
}

/** Keys with the prefix, ascending; all from the bound on, maybe some before it. */
export type KeyWalk = (prefix: string, bound: Readonly<WalkBound>) => AsyncIterable<string>

/** Above every key that begins with the text it is put behind. */
const LAST = '\u{10ffff}'

/** @param describe `undefined` for a key that is gone meanwhile */
export async function collectPage(
  query: ListQuery,
  walk: KeyWalk,
  describe: (keys: readonly string[]) => Promise<readonly (ListedObject | undefined)[]>,
): Promise<ListPage> {
  const { keys, prefixes, next } = await collectNames(query, walk)
  const objects = await describe(keys)
  return { objects: objects.filter((each) => each !== undefined), prefixes, next }
}

interface NamesPage {
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
  readonly next: string | undefined
}

export async function collectNames(query: ListQuery, walk: KeyWalk): Promise<NamesPage> {
  const { prefix, after, limit } = query
  const bound = { from: compareKeys(after, prefix) > 0 ? after : prefix }
  const keys: string[] = []
  const prefixes: string[] = []
  let last: string | undefined
  for await (const key of walk(prefix, bound)) {
    if (compareKeys(key, after) <= 0 || compareKeys(key, bound.from) < 0) continue
    const common = commonPrefix(key, query)
    if (common !== undefined && (common === after || common === last)) continue
    if (keys.length + prefixes.length === limit) return { keys, prefixes, next: last }
    last = common ?? key
    if (common === undefined) {
      keys.push(key)
    } else {
      prefixes.push(common)
      bound.from = common + LAST
    }
  }
  return { keys, prefixes, next: undefined }
}

function commonPrefix(key: string, { prefix, delimiter }: ListQuery): string | undefined {
  if (delimiter === '') return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at === -1 ? undefined : key.slice(0, at + delimiter.length)
}
