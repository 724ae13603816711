/**
 * The messages of a room, virtualised: only the rows near the screen exist. The list holds its place when earlier pages
 * join at the top, and follows new messages only while its end is in view.
 */

import { useVirtualizer } from '@tanstack/react-virtual'
import type { Virtualizer } from '@tanstack/react-virtual'
import { ArrowDown } from 'lucide-react'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import type { RoomState } from '../state/room-state.ts'
import { Announcer } from './announcer.tsx'
import { ListMarkers } from './list-markers.tsx'
import { ListRow } from './list-row.tsx'
import styles from './message-list.module.css'
import { useRoom } from './room-context.ts'
import { buildRows, rowIndexOf } from './rows.ts'
import type { Row } from './rows.ts'
import { moveFocus } from './row-focus.ts'

const END_PX = 80
const PAGE_EDGE_ROWS = 6
const ROW_PX: Readonly<Record<Row['kind'], number>> = {
  start: 90,
  loading: 40,
  day: 44,
  unread: 36,
  message: 54,
  pending: 54,
}

type List = Virtualizer<HTMLDivElement, Element>
type Scroller = RefObject<HTMLDivElement | null>

export function MessageList({ room }: { readonly room: RoomState }) {
  const { name } = useRoom()
  const texts = useTexts()
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => buildRows(room), [room])
  const virtualizer: List = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => ROW_PX[rows[index]?.kind ?? 'message'],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 10,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: END_PX,
    paddingEnd: 14,
    useAnimationFrameWithResizeObserver: false,
  })
  const hold = useRef(false)
  const atEnd = useAtEnd(scroller, room, hold)
  useStartPlace(virtualizer, room, rows, hold)
  useHoldEnd(virtualizer, scroller, rows, hold)
  useOwnInView(virtualizer, room)
  usePaging(virtualizer, room, rows.length)
  useReading(room, atEnd)
  return (
    <div className={styles.frame}>
      <ListMarkers room={room} />
      <Announcer newest={room.hasNewer ? undefined : room.messages.at(-1)} />
      <section
        ref={scroller}
        className={styles.scroller}
        aria-label={texts.room.messages(name)}
        onKeyDown={moveFocus}
      >
        <ol className={styles.list} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index]
            if (row === undefined) return null
            return (
              <li
                key={item.key}
                ref={virtualizer.measureElement}
                data-index={item.index}
                className={styles.item}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <ListRow
                  row={row}
                  last={item.index === rows.length - 1}
                  focused={room.focus !== undefined && row.key === room.focus.id}
                />
              </li>
            )
          })}
        </ol>
      </section>
      {!atEnd && <NewestButton virtualizer={virtualizer} room={room} />}
    </div>
  )
}

function NewestButton({
  virtualizer,
  room,
}: {
  readonly virtualizer: List
  readonly room: RoomState
}) {
  const { store } = useApp()
  const texts = useTexts()
  const here = useRoom()
  const jump = async () => {
    if (room.hasNewer) await store.rooms.showNewest(here.space, here.room)
    virtualizer.scrollToEnd()
  }
  return (
    <button
      type="button"
      className={styles.newest}
      aria-label={texts.room.jumpNewest}
      title={texts.room.jumpNewest}
      onClick={() => void jump()}
    >
      <ArrowDown />
    </button>
  )
}

/** Whether the newest message is in view. `hold`: the same, without waiting for a render. */
function useAtEnd(scroller: Scroller, room: RoomState, hold: RefObject<boolean>): boolean {
  const [near, setNear] = useState(true)
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const read = () => {
      hold.current = element.scrollHeight - element.scrollTop - element.clientHeight < END_PX
      setNear(hold.current)
    }
    read()
    element.addEventListener('scroll', read, { passive: true })
    return () => element.removeEventListener('scroll', read)
  }, [scroller, room, hold])
  return near && !room.hasNewer
}

/** Where the list stands when it opens and when it is sent to a message. */
function useStartPlace(
  virtualizer: List,
  room: RoomState,
  rows: readonly Row[],
  hold: RefObject<boolean>,
) {
  const placed = useRef<number | undefined>(undefined)
  useLayoutEffect(() => {
    const count = room.focus?.count ?? 0
    if (!room.loaded || placed.current === count) return
    placed.current = count
    const focus = room.focus === undefined ? -1 : rowIndexOf(rows, room.focus.id)
    const unread = rowIndexOf(rows, 'unread')
    hold.current = focus < 0 && count === 0 && unread < 0
    if (focus >= 0) virtualizer.scrollToIndex(focus, { align: 'center' })
    else if (count > 0) return
    else if (unread >= 0) virtualizer.scrollToIndex(unread, { align: 'start' })
    else virtualizer.scrollToEnd()
  }, [virtualizer, room, rows, hold])
}

/** Who reads the newest message goes on reading it when something joins above it or the window changes. */
function useHoldEnd(
  virtualizer: List,
  scroller: Scroller,
  rows: readonly Row[],
  hold: RefObject<boolean>,
) {
  useLayoutEffect(() => {
    if (hold.current) virtualizer.scrollToEnd()
  }, [virtualizer, rows, hold])
  useEffect(() => {
    if (scroller.current === null) return
    const observer = new ResizeObserver(() => {
      if (hold.current) virtualizer.scrollToEnd()
    })
    observer.observe(scroller.current)
    return () => observer.disconnect()
  }, [virtualizer, scroller, hold])
}

/** What the person just wrote comes into view, wherever they were reading. */
function useOwnInView(virtualizer: List, room: RoomState) {
  const newest = room.pending.at(-1)?.key
  useEffect(() => {
    if (newest !== undefined) virtualizer.scrollToEnd()
  }, [virtualizer, newest])
}

function usePaging(virtualizer: List, room: RoomState, count: number) {
  const { store } = useApp()
  const here = useRoom()
  const items = virtualizer.getVirtualItems()
  const first = items[0]?.index
  const last = items.at(-1)?.index
  useEffect(() => {
    if (first === undefined || last === undefined || room.loading !== 'none') return
    if (first < PAGE_EDGE_ROWS && room.hasOlder) void store.rooms.loadOlder(here.space, here.room)
    if (last >= count - PAGE_EDGE_ROWS && room.hasNewer) {
      void store.rooms.loadNewer(here.space, here.room)
    }
  }, [store, here.space, here.room, first, last, count, room])
}

/** Reading is signed and told to the others: only what was in view of an attentive person counts. */
function useReading(room: RoomState, atEnd: boolean) {
  const { store } = useApp()
  const here = useRoom()
  useEffect(() => {
    const read = () => {
      if (!atEnd || document.hidden || !document.hasFocus()) return
      store.rooms.markRead(here.space, here.room)
    }
    read()
    addEventListener('focus', read)
    document.addEventListener('visibilitychange', read)
    return () => {
      removeEventListener('focus', read)
      document.removeEventListener('visibilitychange', read)
    }
  }, [store, here.space, here.room, atEnd, room.messages])
}
