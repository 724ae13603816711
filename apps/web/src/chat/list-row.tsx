/** One row of the list, of whichever kind. */

import { useApp, useNow, useTexts } from '../app-context.tsx'
import { dayName, exactTime } from '../format/time.ts'
import styles from './message-list.module.css'
import { MessageRow } from './message-row.tsx'
import { PendingRow } from './pending-row.tsx'
import { useRoom } from './room-context.ts'
import type { Row } from './rows.ts'

interface ListRowProps {
  readonly row: Row
  readonly last: boolean
  readonly focused: boolean
}

export function ListRow({ row, last, focused }: ListRowProps) {
  const texts = useTexts()
  switch (row.kind) {
    case 'start':
      return <StartRow />
    case 'loading':
      return <p className={styles.loading}>{texts.room.loadingOlder}</p>
    case 'day':
      return <DayRow atMs={row.atMs} />
    case 'unread':
      return <p className={styles.unread}>{texts.room.unreadFrom}</p>
    case 'pending':
      return <PendingRow pending={row.pending} />
    case 'message':
      return <MessageRow row={row} last={last} focused={focused} />
  }
}

function StartRow() {
  const texts = useTexts()
  const { name, writable } = useRoom()
  return (
    <div className={styles.start}>
      <strong>{texts.room.start(name)}</strong>
      {writable && <p>{texts.room.emptyHint}</p>}
    </div>
  )
}

function DayRow({ atMs }: { readonly atMs: number }) {
  const { words } = useApp()
  const nowMs = useNow()
  return (
    <p className={styles.day} title={exactTime(atMs, words.locale)}>
      {dayName(atMs, nowMs, words)}
    </p>
  )
}
