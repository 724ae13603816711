/** The shares of a list, virtualised: only the rows near the screen exist. What stands above them scrolls with them. */

import { useVirtualizer } from '@tanstack/react-virtual'
import { Files, SearchX, Upload } from 'lucide-react'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { ReactNode, RefObject } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { moveFocus } from '../chat/row-focus.ts'
import { BY_LINK } from '../state/files-state.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import styles from './files.module.css'
import { ShareFilterBar } from './share-filter-bar.tsx'
import { filterShares, isFilteredShares, NO_SHARE_FILTER } from './share-filter.ts'
import { ShareRow } from './share-row.tsx'
import { personName } from './share-words.ts'
import { useMayShare, useMembers, useShareList } from './use-files.ts'

interface ShareListViewProps {
  /** Whose section it is: its filter says what is shown. */
  readonly space: string
  readonly list: string
  /** Above the shares. */
  readonly children: ReactNode
}

const ROW_PX = 64
const NOTHING: readonly never[] = []

export function ShareListView({ space, list, children }: ShareListViewProps) {
  const texts = useTexts()
  const { filter } = useShareList(space)
  const { shares = NOTHING, removed = NOTHING } = useShareList(list)
  const members = useMembers(list)
  const rows = useMemo(() => {
    const all = filter.shown === 'removed' ? removed : shares
    return filterShares(all, filter, (share) => personName(share.person, members, texts))
  }, [filter, shares, removed, members, texts])
  const scroller = useRef<HTMLDivElement>(null)
  const head = useRef<HTMLDivElement>(null)
  const margin = useHeight(head)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 10,
    scrollMargin: margin,
    paddingEnd: 24,
    useAnimationFrameWithResizeObserver: false,
  })
  const hasFilter = shares.length > 0 || isFilteredShares(filter)
  return (
    // Focusable, so that it scrolls by keys also when nothing in it can be chosen.
    <section
      ref={scroller}
      className={styles.scroller}
      aria-label={texts.files.title}
      tabIndex={0}
      onKeyDown={moveFocus}
    >
      <div ref={head} className={styles.head}>
        {children}
        {hasFilter && <ShareFilterBar space={space} />}
      </div>
      {rows.length === 0 && <Nothing space={space} list={list} />}
      <ol
        className={styles.list}
        aria-label={texts.files.list}
        style={{ height: virtualizer.getTotalSize() - margin }}
      >
        {virtualizer.getVirtualItems().map((item) => {
          const share = rows[item.index]
          if (share === undefined) return null
          return (
            <li
              key={item.key}
              ref={virtualizer.measureElement}
              data-index={item.index}
              className={styles.item}
              style={{ transform: `translateY(${item.start - margin}px)` }}
            >
              <ShareRow space={list === BY_LINK ? undefined : list} share={share} />
            </li>
          )
        })}
      </ol>
    </section>
  )
}

function Nothing({ space, list }: { readonly space: string; readonly list: string }) {
  const { store } = useApp()
  const { files: texts } = useTexts()
  const { filter } = useShareList(space)
  const isByLink = list === BY_LINK
  const mayShare = useMayShare(list)
  const isSearched = isFilteredShares({ ...filter, shown: isByLink ? 'live' : filter.shown })
  const clear = (
    <Button onClick={() => store.files.setFilter(space, NO_SHARE_FILTER)}>{texts.clear}</Button>
  )
  if (isSearched) {
    return (
      <Empty icon={<SearchX />} title={texts.nothingFound} hint={texts.nothingFoundHint}>
        {clear}
      </Empty>
    )
  }
  if (isByLink) {
    return (
      <Empty icon={<Files />} title={texts.emptyLinks} hint={texts.emptyLinksHint}>
        {clear}
      </Empty>
    )
  }
  return (
    <Empty
      icon={mayShare ? <Upload /> : <Files />}
      title={texts.empty}
      hint={mayShare ? texts.emptyHint : texts.emptyReading}
    />
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
