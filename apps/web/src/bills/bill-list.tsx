/**
 * The bills by day, virtualised: only the rows near the screen exist. What stands above them, the balances and the
 * filter, scrolls with them.
 */

import { useVirtualizer } from '@tanstack/react-virtual'
import { Receipt, SearchX } from 'lucide-react'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { useApp, useNow, useTexts } from '../app-context.tsx'
import { moveFocus } from '../chat/row-focus.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { BalanceHead } from './balance-head.tsx'
import { billDayName } from './bill-days.ts'
import { isFiltered, NO_FILTER } from './bill-filter.ts'
import { BillRow } from './bill-row.tsx'
import { buildBillRows } from './bill-rows.ts'
import type { BillRow as Row } from './bill-rows.ts'
import styles from './bills.module.css'
import { FilterBar } from './filter-bar.tsx'
import { useBills } from './use-bills.ts'

const ROW_PX: Readonly<Record<Row['kind'], number>> = { day: 40, bill: 62, more: 20 }
const PAGE_EDGE_ROWS = 8

export function BillList({ space }: { readonly space: string }) {
  const { store } = useApp()
  const texts = useTexts()
  const { found, filter } = useBills(space)
  const scroller = useRef<HTMLDivElement>(null)
  const head = useRef<HTMLDivElement>(null)
  const margin = useHeight(head)
  const bills = found?.bills
  const hasMore = found?.hasMore === true
  const rows = useMemo(() => buildBillRows(bills ?? [], hasMore), [bills, hasMore])
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => ROW_PX[rows[index]?.kind ?? 'bill'],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 10,
    scrollMargin: margin,
    paddingEnd: 24,
    useAnimationFrameWithResizeObserver: false,
  })
  const items = virtualizer.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && last >= rows.length - PAGE_EDGE_ROWS) void store.bills.loadMore(space)
  }, [store, space, hasMore, last, rows.length])
  return (
    // Focusable, so that it scrolls by keys also when nothing in it can be chosen.
    <section
      ref={scroller}
      className={styles.scroller}
      aria-label={texts.bills.title}
      tabIndex={0}
      onKeyDown={moveFocus}
    >
      <div ref={head} className={styles.head}>
        <BalanceHead space={space} />
        {(rows.length > 0 || isFiltered(filter)) && <FilterBar space={space} />}
      </div>
      {rows.length === 0 && <Nothing space={space} />}
      <ol
        className={styles.list}
        aria-label={texts.bills.list}
        style={{ height: virtualizer.getTotalSize() - margin }}
      >
        {items.map((item) => {
          const row = rows[item.index]
          if (row === undefined) return null
          return (
            <li
              key={item.key}
              ref={virtualizer.measureElement}
              data-index={item.index}
              className={styles.item}
              style={{ transform: `translateY(${item.start - margin}px)` }}
            >
              <ListRow space={space} row={row} />
            </li>
          )
        })}
      </ol>
    </section>
  )
}

function ListRow({ space, row }: { readonly space: string; readonly row: Row }) {
  const { words } = useApp()
  const nowMs = useNow()
  switch (row.kind) {
    case 'day':
      return <h2 className={styles.day}>{billDayName(row.date, nowMs, words)}</h2>
    case 'bill':
      return <BillRow space={space} bill={row.bill} />
    case 'more':
      return <span className={styles.more} />
  }
}

function Nothing({ space }: { readonly space: string }) {
  const { store } = useApp()
  const { bills: texts } = useTexts()
  const { filter } = useBills(space)
  if (!isFiltered(filter)) {
    return <Empty icon={<Receipt />} title={texts.empty} hint={texts.emptyHint} />
  }
  return (
    <Empty icon={<SearchX />} title={texts.nothingFound} hint={texts.nothingFoundHint}>
      <Button onClick={() => store.bills.setFilter(space, NO_FILTER)}>{texts.clear}</Button>
    </Empty>
  )
}

function useHeight(element: RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(0)
  useLayoutEffect(() => {
    const measured = element.current
    if (measured === null) return
    const read = () => setHeight(measured.offsetHeight)
    read()
    const observer = new ResizeObserver(read)
    observer.observe(measured)
    return () => observer.disconnect()
  }, [element])
  return height
}
