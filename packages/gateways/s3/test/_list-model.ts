/** What a listing is, written as plainly as possible, to hold others against it. */

import type { ListQuery } from '../src/s3-backend.ts'

export interface ModelPage {
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
  readonly next: string | undefined
}

function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

export function listModel(keys: Iterable<string>, query: ListQuery): ModelPage {
  const { prefix, delimiter, after, limit } = query
  const items = new Map<string, boolean>()
  for (const key of [...keys].sort(compareUtf8)) {
    if (!key.startsWith(prefix) || compareUtf8(key, after) <= 0) continue
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const item = at === -1 ? key : key.slice(0, at + delimiter.length)
    if (at === -1 || item !== after) items.set(item, at !== -1)
  }
  const page = [...items].slice(0, limit)
  return {
    keys: page.filter(([, isPrefix]) => !isPrefix).map(([item]) => item),
    prefixes: page.filter(([, isPrefix]) => isPrefix).map(([item]) => item),
    next: items.size > page.length ? page.at(-1)![0] : undefined,
  }
}
