/**
 * A table of any length: only the rows on the screen are there, more are loaded when the end comes near.
 *
 * Each row leads somewhere by a link over its whole width, so it opens by mouse, thumb and Enter, in a tab of its own too.
 * Arrow keys, Home and Page keys go from row to row. On a narrow screen a row is a card of two lines, and the order is
 * chosen from a list instead of the headings.
 */

import { ArrowDown, ArrowDownUp, ArrowUp } from 'lucide-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { classes, IconButton } from '@hamlet/web/ui'
import { useEffect, useId, useRef } from 'react'
import type { CSSProperties, KeyboardEvent, ReactNode } from 'react'
import { usePage } from '../page-context.tsx'
import type { Pages } from '../state/use-loaded.ts'
import { hashOf } from '../state/route.ts'
import type { Route } from '../state/route.ts'
import styles from './data-table.module.css'
import { Failure, Loading } from './pieces.tsx'
import { useIsNarrow } from './use-is-narrow.ts'

export interface Column<Row, Sort extends string> {
  readonly key: string
  readonly label: string
  /** Explains the heading on hover. */
  readonly hint?: string
  /** What the rows can be ordered by with this heading. */
  readonly sort?: Sort
  /** Width as a grid has it: `minmax(0, 2fr)`, `90px`. */
  readonly width: string
  readonly align?: 'end'
  /** Speaks for itself on a card, without its label. */
  readonly isBare?: boolean
  /** Left out of the card on a narrow screen. */
  readonly isWideOnly?: boolean
  readonly cell: (row: Row) => ReactNode
}

export type Order = 'up' | 'down'

interface DataTableProps<Row, Sort extends string> {
  readonly label: string
  readonly columns: readonly Column<Row, Sort>[]
  readonly pages: Pages<Row>
  readonly keyOf: (row: Row) => string
  readonly to: (row: Row) => Route
  readonly sort?: { readonly by: Sort; readonly order: Order }
  readonly onSort?: (by: Sort, order: Order) => void
  readonly empty: ReactNode
}

const ROW_PX = 44
const CARD_PX = 74
/** So many rows before the end the next page is asked for. */
const AHEAD_ROWS = 20
const PAGE_KEY_ROWS = 10

export function DataTable<Row, Sort extends string>(props: DataTableProps<Row, Sort>) {
  const { pages, columns, label } = props
  const isNarrow = useIsNarrow()
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: pages.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isNarrow ? CARD_PX : ROW_PX),
    overscan: 8,
  })
  useEffect(() => virtual.measure(), [virtual, isNarrow])
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  const { hasMore, loadMore, isStale, key } = pages
  useEffect(() => {
    if (!isStale) scroller.current?.scrollTo({ top: 0 })
  }, [isStale, key])
  useEffect(() => {
    if (hasMore && last >= pages.rows.length - AHEAD_ROWS) loadMore()
  }, [hasMore, loadMore, last, pages.rows.length])
  const onKeyDown = (event: KeyboardEvent) =>
    moveFocus(event, pages.rows.length, (index) => virtual.scrollToIndex(index))
  if (pages.isLoading) return <Loading />
  if (pages.rows.length === 0) {
    return pages.error === undefined ? props.empty : <Failure {...pages} />
  }
  const template = { '--columns': columns.map(({ width }) => width).join(' ') } as CSSProperties
  return (
    <div className={styles.frame} style={template}>
      {isNarrow && <SortChoice {...props} />}
      <div
        role="table"
        aria-label={label}
        aria-rowcount={hasMore ? -1 : pages.rows.length + 1}
        aria-busy={isStale}
        className={styles.table}
        onKeyDown={onKeyDown}
      >
        <div role="rowgroup" className={isNarrow ? 'visually-hidden' : styles.head}>
          <div role="row" aria-rowindex={1} className={styles.row}>
            {columns.map((column) => (
              <Heading key={column.key} column={column} {...props} />
            ))}
          </div>
        </div>
        <div role="rowgroup" className={styles.body} ref={scroller}>
          <div
            role="presentation"
            className={styles.all}
            style={{ height: virtual.getTotalSize() }}
          >
            {items.map(({ index, start, size }) => (
              <TableRow
                key={props.keyOf(pages.rows[index]!)}
                row={pages.rows[index]!}
                index={index}
                place={{ height: size, transform: `translateY(${start}px)` }}
                isNarrow={isNarrow}
                {...props}
              />
            ))}
          </div>
        </div>
      </div>
    </div>
  )
}

function Heading<Row, Sort extends string>({
  column,
  sort,
  onSort,
}: DataTableProps<Row, Sort> & { readonly column: Column<Row, Sort> }) {
  const by = column.sort
  const isCurrent = by !== undefined && sort?.by === by
  const state = isCurrent ? (sort.order === 'up' ? 'ascending' : 'descending') : undefined
  return (
    <span
      role="columnheader"
      className={styles.heading}
      data-align={column.align}
      title={column.hint}
      aria-sort={state}
    >
      {by === undefined ? (
        column.label
      ) : (
        <button
          type="button"
          onClick={() => onSort?.(by, isCurrent && sort.order === 'down' ? 'up' : 'down')}
        >
          {column.label}
          {isCurrent && (sort.order === 'up' ? <ArrowUp /> : <ArrowDown />)}
        </button>
      )}
    </span>
  )
}

function TableRow<Row, Sort extends string>(
  props: DataTableProps<Row, Sort> & {
    readonly row: Row
    readonly index: number
    readonly place: CSSProperties
    readonly isNarrow: boolean
  },
) {
  const { row, index, columns, isNarrow } = props
  const shown = columns.filter(({ isWideOnly }) => !isNarrow || isWideOnly !== true)
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes(styles.row, isNarrow && styles.card)}
      style={props.place}
    >
      {shown.map((column, at) => (
        <span
          key={column.key}
          role="cell"
          className={styles.cell}
          data-align={column.align}
          data-label={at === 0 || column.isBare === true ? undefined : column.label}
        >
          {at === 0 ? (
            <a className={styles.open} href={hashOf(props.to(row))} data-row={index}>
              {column.cell(row)}
            </a>
          ) : (
            column.cell(row)
          )}
        </span>
      ))}
    </div>
  )
}

function SortChoice<Row, Sort extends string>(props: DataTableProps<Row, Sort>) {
  const { texts } = usePage()
  const id = useId()
  const { columns, sort, onSort } = props
  if (sort === undefined) return null
  const choices = columns.filter((column) => column.sort !== undefined)
  return (
    <div className={styles.choice}>
      <label htmlFor={id}>{texts.table.sortedBy}</label>
      <select
        id={id}
        value={sort.by}
        onChange={(event) => onSort?.(event.target.value as Sort, sort.order)}
      >
        {choices.map((column) => (
          <option key={column.key} value={column.sort}>
            {column.label}
          </option>
        ))}
      </select>
      <IconButton
        label={`${texts.table.order}: ${texts.table[sort.order]}`}
        onClick={() => onSort?.(sort.by, sort.order === 'up' ? 'down' : 'up')}
      >
        <ArrowDownUp />
      </IconButton>
    </div>
  )
}

function moveFocus(event: KeyboardEvent, count: number, reveal: (index: number) => void): void {
  const from = event.target instanceof HTMLElement ? event.target.dataset['row'] : undefined
  if (from === undefined) return
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: PAGE_KEY_ROWS,
    PageUp: -PAGE_KEY_ROWS,
    Home: -count,
    End: count,
  }
  const step = steps[event.key]
  if (step === undefined) return
  event.preventDefault()
  const index = Math.max(0, Math.min(count - 1, Number(from) + step))
  reveal(index)
  const table = event.currentTarget
  // The row is drawn in the frame after the one that scrolls to it.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => table.querySelector<HTMLElement>(`[data-row="${index}"]`)?.focus()),
  )
}
