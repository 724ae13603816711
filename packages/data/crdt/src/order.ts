/** Orders that stored forms and ties are decided by. */

import { compareBytes, encodeCbor } from '@hamlet/core'
import type { CborValue, FieldReader } from '@hamlet/core'

/** By UTF-16 code units, as `sort` without arguments does. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Some total order of values; zero for equal ones. For ties that no honest writer makes, so it may be slow. */
export function compareValues(a: CborValue, b: CborValue): number {
  return a === b ? 0 : compareBytes(encodeCbor(a), encodeCbor(b))
}

/** One set has one stored form: names strictly ascending. */
export function requireAscending(
  fields: FieldReader,
  rows: readonly (readonly [name: string, ...rest: readonly unknown[]])[],
): void {
  rows.forEach(([name], i) => {
    const previous = rows[i - 1]?.[0]
    if (previous !== undefined && previous >= name) throw fields.refuse('names out of order')
  })
}
