/** What can be done with a share as a whole. One of them is the next thing to do: to load it, or to look at it. */

import {
  Download,
  Ellipsis,
  Eye,
  Link,
  MessageSquare,
  Pencil,
  Pin,
  PinOff,
  Receipt,
  Save,
  Trash2,
  Undo2,
} from 'lucide-react'
import { HardDriveDownload } from 'lucide-react'
import { useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { canInvite, canWrite, ownRole } from '../people/roles.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { previewKind } from './preview-kind.ts'
import { saveFile } from './save-file.ts'
import type { ShareDetailProps } from './share-detail-props.ts'
import styles from './share-drawer.module.css'
import { isWhole } from './share-filter.ts'
import { withLink } from './share-links.ts'
import { useTransfer } from './use-files.ts'

export function ShareActions(props: ShareDetailProps) {
  const { store } = useApp()
  const { share: texts } = useTexts()
  const { share } = props
  const mayChange = useMayChange(props)
  if (share.isRemoved) {
    return (
      <div className={styles.actions}>
        {mayChange && (
          <Button icon={<Undo2 />} onClick={() => void store.files.restore(share)}>
            {texts.restore}
          </Button>
        )}
      </div>
    )
  }
  return (
    <div className={styles.actions}>
      <LoadButton {...props} />
      <OnlyFile {...props} />
      <KeepButton {...props} />
      <MoreActions {...props} mayChange={mayChange} />
    </div>
  )
}

/** Who shared it, and admins, as the peer has it too. */
function useMayChange({ space, share }: ShareDetailProps): boolean {
  return useSelect((state) => {
    if (space === undefined) return true
    const role = ownRole(state, space)
    return canInvite(role) || (canWrite(role) && share.person === state.status?.person)
  })
}

/** Of a folder what is loaded is chosen in the list of its files. */
function LoadButton({ share }: ShareDetailProps) {
  const { store } = useApp()
  const { share: texts } = useTexts()
  const transfer = useTransfer(share.id)
  const isMoving =
    transfer !== undefined && transfer.state !== 'done' && transfer.state !== 'serving'
  if (share.isFolder || isWhole(share) || isMoving) return null
  return (
    <Button tone="primary" icon={<Download />} onClick={() => void store.files.start(share.id)}>
      {texts.load}
    </Button>
  )
}

/** A share of one file is looked at and saved without going through a list. */
function OnlyFile({ space, share }: ShareDetailProps) {
  const { store, show } = useApp()
  const { share: texts } = useTexts()
  const file = share.files?.[0]
  if (share.isFolder || file === undefined) return null
  const place = { share: share.id, ...(space === undefined ? {} : { space }) }
  return (
    <>
      {previewKind(file.mediaType) !== undefined && (
        <Button icon={<Eye />} onClick={() => show({ kind: 'preview', path: file.path, ...place })}>
          {texts.preview}
        </Button>
      )}
      <Button icon={<Save />} onClick={() => void saveFile(store, share.id, file.path)}>
        {texts.save}
      </Button>
    </>
  )
}

function KeepButton({ share }: ShareDetailProps) {
  const { store } = useApp()
  const { share: texts } = useTexts()
  return (
    <Button
      icon={share.isPinned ? <PinOff /> : <Pin />}
      title={texts.keepHint}
      onClick={() => void store.files.pin(share, !share.isPinned)}
    >
      {share.isPinned ? texts.unkeep : texts.keep}
    </Button>
  )
}

function MoreActions({
  space,
  share,
  mayChange,
}: ShareDetailProps & { readonly mayChange: boolean }) {
  const { store, show } = useApp()
  const texts = useTexts()
  const [isAsking, setIsAsking] = useState(false)
  const place = { share: share.id, ...(space === undefined ? {} : { space }) }
  // Freeing the last whole copy may lose it: the only one that is asked about, since nobody can undo it.
  const isLast = share.wholeCopies <= 1 && isWhole(share)
  const remove = () => {
    show({ kind: 'none' })
    void store.files.remove(share)
  }
  return (
    <>
      <Menu
        trigger={
          <IconButton label={texts.common.more}>
            <Ellipsis />
          </IconButton>
        }
      >
        <MenuItem icon={<Link />} onSelect={() => show({ kind: 'share-link', ...place })}>
          {texts.share.link}
        </MenuItem>
        {space !== undefined && <HandOn space={space} share={share} />}
        {mayChange && (
          <MenuItem icon={<Pencil />} onSelect={() => show({ kind: 'rename-share', ...place })}>
            {texts.share.rename}
          </MenuItem>
        )}
        {share.heldBytes > 0 && (
          <MenuItem
            icon={<HardDriveDownload />}
            onSelect={() => (isLast ? setIsAsking(true) : void store.files.free(share))}
          >
            {texts.share.free}
          </MenuItem>
        )}
        {mayChange && (
          <MenuItem icon={<Trash2 />} tone="danger" onSelect={remove}>
            {texts.share.remove}
          </MenuItem>
        )}
      </Menu>
      {isAsking && (
        <LastCopy
          onFree={() => {
            setIsAsking(false)
            void store.files.free(share)
          }}
          onCancel={() => setIsAsking(false)}
        />
      )}
    </>
  )
}

/** Where else in the space it may be spoken of. */
function HandOn({ space, share }: ShareDetailProps & { readonly space: string }) {
  const { store, show } = useApp()
  const { share: texts } = useTexts()
  const { id, name } = share
  const toBill = async () => {
    const link = await store.files.link(id)
    if (link === undefined) return
    show({ kind: 'bill-form', space, draft: { note: withLink(name, link.link) } })
  }
  return (
    <>
      <MenuItem
        icon={<MessageSquare />}
        onSelect={() => show({ kind: 'share-to-room', space, share: id, name })}
      >
        {texts.toRoom}
      </MenuItem>
      <MenuItem icon={<Receipt />} onSelect={() => void toBill()}>
        {texts.toBill}
      </MenuItem>
    </>
  )
}

interface LastCopyProps {
  readonly onFree: () => void
  readonly onCancel: () => void
}

function LastCopy({ onFree, onCancel }: LastCopyProps) {
  const texts = useTexts()
  return (
    <div role="alert" className={styles.warning}>
      <p>{texts.share.freeLast}</p>
      <div className={styles.actions}>
        <Button onClick={onCancel}>{texts.common.cancel}</Button>
        <Button tone="danger" onClick={onFree}>
          {texts.share.freeLastYes}
        </Button>
      </div>
    </div>
  )
}
