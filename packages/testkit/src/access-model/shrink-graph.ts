/** Makes a failing graph smaller: leaves out one operation after the other for as long as it goes on failing. */

import type { SpaceId } from '@hamlet/core'
import type { Cast } from './cast.ts'
import { writtenRecord } from './graph-world.ts'
import type { GraphFacts, WrittenRecord } from './graph-world.ts'
import { graphOf } from './kept-graphs.ts'

/** The smallest found; `fails` is asked of each graph that is tried. */
export function shrinkGraph(
  cast: Cast,
  space: SpaceId,
  records: readonly WrittenRecord[],
  fails: (facts: GraphFacts) => boolean,
): readonly WrittenRecord[] {
  let kept = records
  for (let before = Infinity; kept.length < before;) {
    before = kept.length
    // Without the founding there is nothing.
    for (let at = kept.length - 1; at > 0; at--) {
      const fewer = withoutRecord(kept, at)
      if (fails(graphOf(cast, space, fewer))) kept = fewer
    }
  }
  return kept
}

/** As if the operation had never been written, and content in its place. */
function withoutRecord(records: readonly WrittenRecord[], at: number): WrittenRecord[] {
  const { device } = records[at]!
  const ordinal = records.slice(0, at).filter((record) => record.device === device).length
  return records
    .filter((_, i) => i !== at)
    .map((record) => {
      const count = record.past.get(device) ?? 0
      if (count <= ordinal) return record
      return writtenRecord({ ...record, past: new Map(record.past).set(device, count - 1) })
    })
}
