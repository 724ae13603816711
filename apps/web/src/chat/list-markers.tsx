/** What stands above the list: messages that arrived late, and unread ones that begin further up. */

import { ArrowUp, Clock, X } from 'lucide-react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { EMPTY_SPACE } from '../state/app-state.ts'
import type { RoomState } from '../state/room-state.ts'
import { Button, IconButton } from '../ui/button.tsx'
import styles from './message-list.module.css'
import { useRoom } from './room-context.ts'

export function ListMarkers({ room }: { readonly room: RoomState }) {
  return (
    <div className={styles.markers}>
      <LateMarker room={room} />
      <UnreadMarker room={room} />
    </div>
  )
}

function LateMarker({ room }: { readonly room: RoomState }) {
  const { store } = useApp()
  const texts = useTexts()
  const here = useRoom()
  if (room.late.length === 0) return null
  return (
    <div className={styles.marker} role="status">
      <Clock />
      {texts.room.late(room.late.length)}
      <Button
        size="small"
        tone="quiet"
        onClick={() => store.rooms.showLate(here.space, here.room, true)}
      >
        {texts.room.lateShow}
      </Button>
      <IconButton
        label={texts.common.dismiss}
        onClick={() => store.rooms.showLate(here.space, here.room, false)}
      >
        <X />
      </IconButton>
    </div>
  )
}

/** Only when the first unread message lies beyond what is loaded. */
function UnreadMarker({ room }: { readonly room: RoomState }) {
  const { store } = useApp()
  const texts = useTexts()
  const here = useRoom()
  const unread = useSelect(
    (state) =>
      (state.spaceStates[here.space] ?? EMPTY_SPACE).rooms?.find((r) => r.id === here.room)
        ?.unread ?? 0,
  )
  const first = room.firstUnread
  if (first === undefined || unread === 0) return null
  if (room.messages.some((message) => message.id === first)) return null
  return (
    <div className={styles.marker} data-tone="unread">
      <ArrowUp />
      <Button
        size="small"
        tone="quiet"
        onClick={() => void store.rooms.open(here.space, here.room, first)}
      >
        {texts.room.jumpUnread(unread)}
      </Button>
    </div>
  )
}
