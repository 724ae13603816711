/** One room: its messages and the composer. */

import { Hash, Search } from 'lucide-react'
import type { Message } from '@hamlet/http/api'
import { useCallback, useEffect, useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { canWrite, ownRole } from '../people/roles.ts'
import { PaneHeader } from '../shell/pane-header.tsx'
import { EMPTY_SPACE, roomKey } from '../state/app-state.ts'
import { EMPTY_ROOM } from '../state/room-state.ts'
import { IconButton } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Button } from '../ui/button.tsx'
import { Composer } from './composer.tsx'
import type { ComposerIntent } from './composer-types.ts'
import { MessageList } from './message-list.tsx'
import { RoomContext } from './room-context.ts'
import styles from './room-pane.module.css'

interface RoomPaneProps {
  readonly space: string
  readonly room: string
  readonly message: string | undefined
}

export function RoomPane({ space, room, message }: RoomPaneProps) {
  const { go } = useApp()
  const texts = useTexts()
  const [intent, setIntent] = useState<ComposerIntent>({ kind: 'new' })
  const name = useSelect(
    (state) => (state.spaceStates[space] ?? EMPTY_SPACE).rooms?.find((r) => r.id === room)?.name,
  )
  const roomsKnown = useSelect((state) => state.spaceStates[space]?.rooms !== undefined)
  const role = useSelect((state) => ownRole(state, space))
  const standing = useSelect((state) => state.spaces?.find((s) => s.id === space)?.standing)
  useOpenRoom(space, room, message)
  const reply = useCallback((to: Message) => setIntent({ kind: 'reply', message: to }), [])
  const edit = useCallback((own: Message) => setIntent({ kind: 'edit', message: own }), [])
  if (roomsKnown && name === undefined) {
    return <Empty icon={<Hash />} title={texts.room.notFound} hint={texts.room.notFoundHint} />
  }
  return (
    <RoomContext value={{ space, room, name: name ?? '', writable: canWrite(role), reply, edit }}>
      <PaneHeader icon={<Hash />} title={name ?? ''} onBack={() => go({ at: 'overview', space })}>
        <IconButton label={texts.search.label} onClick={() => go({ at: 'search', space })}>
          <Search />
        </IconButton>
      </PaneHeader>
      <RoomBody space={space} room={room} />
      {canWrite(role) ? (
        <Composer intent={intent} onIntent={setIntent} />
      ) : (
        <p className={styles.readOnly}>{standing === undefined ? '' : texts.composer[standing]}</p>
      )}
    </RoomContext>
  )
}

function RoomBody({ space, room }: { readonly space: string; readonly room: string }) {
  const { store } = useApp()
  const texts = useTexts()
  const state = useSelect((all) => all.rooms[roomKey(space, room)] ?? EMPTY_ROOM)
  if (state.loaded || state.pending.length > 0) return <MessageList room={state} />
  if (!state.failed) return <div className={styles.blank} />
  return (
    <Empty icon={<Hash />} title={texts.room.failed} hint={texts.room.failedHint}>
      <Button onClick={() => void store.rooms.open(space, room)}>{texts.common.retry}</Button>
    </Empty>
  )
}

function useOpenRoom(space: string, room: string, message: string | undefined) {
  const { store } = useApp()
  useEffect(() => {
    void store.rooms.open(space, room, message)
  }, [store, space, room, message])
  useEffect(() => () => store.rooms.leave(space, room), [store, space, room])
}
