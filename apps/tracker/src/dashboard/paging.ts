/**
 * Pages of long lists, by the row they follow and never by how many to skip: page 1,000 costs what page 1 does, and rows
 * that come and go in between make nobody see one twice.
 *
 * A cursor is `VALUE~ID`: the sorted column of the last row, and its id. It is only compared with, so a made-up one shows
 * another part of what the reader may see anyway.
 */

import { sql } from 'kysely'
import type { Expression, SqlBool } from 'kysely'

export const PAGE_ROWS_DEFAULT = 50
export const CURSOR_PATTERN = /^(-?\d{1,16})~([0-9a-f]{32,64})$/

export type Order = 'up' | 'down'

export interface PageRequest {
  readonly after?: string | undefined
  readonly limit: number
}

export interface Page<Row> {
  readonly rows: readonly Row[]
  /** The cursor of the next page; null on the last one. */
  readonly next: string | null
}

/** What the row after which a page begins is compared by. */
export interface Place {
  readonly value: number
  readonly id: string
}

export function placeOf(cursor: string | undefined): Place | undefined {
  const [, value, id] = CURSOR_PATTERN.exec(cursor ?? '') ?? []
  return id === undefined ? undefined : { value: Number(value), id }
}

/** Rows after `place` in the order of (column, id): one range of an index on both. */
export function isAfter(
  column: string,
  id: string,
  order: Order,
  place: Place,
): Expression<SqlBool> {
  const sign = sql.raw(order === 'down' ? '<' : '>')
  return sql<SqlBool>`(${sql.ref(column)}, ${sql.ref(id)}) ${sign} (${place.value}, ${place.id})`
}

/** `found` has one row more than the page when there is a next one. */
export function toPage<Found, Row>(
  found: readonly Found[],
  limit: number,
  toRow: (found: Found) => Row,
  cursorOf: (found: Found) => string,
): Page<Row> {
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  return {
    rows: shown.map(toRow),
    next: found.length > limit && last !== undefined ? cursorOf(last) : null,
  }
}
