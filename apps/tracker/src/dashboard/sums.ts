/** Sums as numbers: PostgreSQL gives the sum of a `bigint` as text otherwise. */

import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/** 0 where there is nothing to add up. */
export function sumOf(column: string): RawBuilder<number> {
  return sql<number>`cast(coalesce(sum(${sql.ref(column)}), 0) as bigint)`
}

export const distinctPeople = sql<number>`count(distinct person)`
