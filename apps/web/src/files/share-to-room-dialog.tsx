/** Puts a share into a room: a message with its name and its link, which everybody there can open. */

import { MessageSquare } from 'lucide-react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { codeOf } from '../state/error-words.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { fileErrorWords } from './file-errors.ts'
import styles from './share-drawer.module.css'
import { withLink } from './share-links.ts'

interface ShareToRoomDialogProps {
  readonly space: string
  readonly share: string
  readonly name: string
}

export function ShareToRoomDialog({ space, share, name }: ShareToRoomDialogProps) {
  const { store, show, go } = useApp()
  const texts = useTexts()
  const rooms = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).rooms)
  const send = async (room: string) => {
    const link = await store.files.link(share)
    if (link === undefined) return
    try {
      const text = withLink(name, link.link)
      const { id } = await store.api.send(space, { room, text, key: crypto.randomUUID() })
      show({ kind: 'none' })
      // Shown where it stands, however much is unread there.
      go({ at: 'room', space, room, message: id })
    } catch (error) {
      store.notices.show({ tone: 'danger', text: fileErrorWords(codeOf(error), texts) })
    }
  }
  return (
    <Dialog
      title={texts.share.toRoom}
      lead={name}
      onClose={() => show({ kind: 'share', space, share })}
    >
      <div className={styles.form}>
        {rooms?.map((room) => (
          <Button key={room.id} icon={<MessageSquare />} onClick={() => void send(room.id)}>
            {room.name}
          </Button>
        ))}
      </div>
    </Dialog>
  )
}
