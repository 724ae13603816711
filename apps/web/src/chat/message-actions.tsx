/** What can be done with a message, shown while the pointer or the focus is on it. */

import { Copy, Ellipsis, Info, Pencil, Reply, SmilePlus, Trash2 } from 'lucide-react'
import type { Message } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { IconButton } from '../ui/button.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { EmojiPicker } from './emoji-picker.tsx'
import { mayEdit } from './may-edit.ts'
import styles from './message-row.module.css'
import { useRoom } from './room-context.ts'

interface MessageActionsProps {
  readonly message: Message
  /** While a menu is open the actions stay, wherever the pointer is. */
  readonly onMenu: (open: boolean) => void
}

export function MessageActions({ message, onMenu }: MessageActionsProps) {
  const { store } = useApp()
  const { message: texts } = useTexts()
  const { space, writable, reply } = useRoom()
  const person = useSelect((state) => state.status?.person ?? '')
  return (
    <div className={styles.actions} role="toolbar" aria-label={texts.actions}>
      {writable && (
        <>
          <EmojiPicker
            onOpenChange={onMenu}
            onPick={(emoji) => void store.rooms.react(space, message, emoji, person)}
            trigger={
              <IconButton label={texts.react}>
                <SmilePlus />
              </IconButton>
            }
          />
          <IconButton label={texts.reply} onClick={() => reply(message)}>
            <Reply />
          </IconButton>
        </>
      )}
      <MoreActions message={message} onMenu={onMenu} />
    </div>
  )
}

function MoreActions({ message, onMenu }: MessageActionsProps) {
  const { store, show } = useApp()
  const texts = useTexts()
  const { space, writable, edit } = useRoom()
  const mine = message.own && writable
  return (
    <Menu
      onOpenChange={onMenu}
      trigger={
        <IconButton label={texts.common.more}>
          <Ellipsis />
        </IconButton>
      }
    >
      {writable && mayEdit(message) && (
        <MenuItem icon={<Pencil />} onSelect={() => edit(message)}>
          {texts.message.edit}
        </MenuItem>
      )}
      {message.newer !== true && (
        <MenuItem icon={<Copy />} onSelect={() => void navigator.clipboard.writeText(message.text)}>
          {texts.message.copyText}
        </MenuItem>
      )}
      <MenuItem
        icon={<Info />}
        onSelect={() => show({ kind: 'message', space, message: message.id })}
      >
        {texts.message.details}
      </MenuItem>
      {mine && (
        <MenuItem
          icon={<Trash2 />}
          tone="danger"
          onSelect={() => store.rooms.delete(space, message)}
        >
          {texts.message.delete}
        </MenuItem>
      )}
    </Menu>
  )
}
