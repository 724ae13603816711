/** Makes a room and goes there. */

import { useApp, useTexts } from '../app-context.tsx'
import { NameDialog } from '../ui/name-dialog.tsx'

export function NewRoomDialog({ space }: { readonly space: string }) {
  const { store, go, show } = useApp()
  const { room } = useTexts()
  return (
    <NameDialog
      title={room.newTitle}
      label={room.nameLabel}
      placeholder={room.namePlaceholder}
      action={room.create}
      onName={async (name) => {
        const id = await store.createRoom(space, name)
        if (id === undefined) return
        show({ kind: 'none' })
        go({ at: 'room', space, room: id })
      }}
    />
  )
}
