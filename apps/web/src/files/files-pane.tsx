/** The files of a space: everything that is shared in it, and what is on its way in. */

import {
  Ellipsis,
  FolderUp,
  HardDrive,
  Link,
  Plus,
  Trash2,
  Files,
  ArrowDownUp,
  RadioTower,
  Scale,
} from 'lucide-react'
import { useEffect } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { sizeText } from '../format/sizes.ts'
import { PaneHeader } from '../shell/pane-header.tsx'
import { BY_LINK } from '../state/files-state.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { DropZone } from './drop-zone.tsx'
import { readChosen } from './dropped.ts'
import type { Dropped } from './dropped.ts'
import styles from './files.module.css'
import { pickFiles } from './pick-files.ts'
import { NO_SHARE_FILTER } from './share-filter.ts'
import { ShareListView } from './share-list.tsx'
import { UploadList } from './upload-list.tsx'
import { useMayShare, useShareList, useShareWords, useSpaceName } from './use-files.ts'

interface FilesPaneProps {
  readonly space: string
}

export function FilesPane({ space }: FilesPaneProps) {
  const { store, show } = useApp()
  const { files: texts } = useTexts()
  const { locale } = useShareWords()
  const { filter } = useShareList(space)
  const list = filter.shown === 'links' ? BY_LINK : space
  const { shares } = useShareList(list)
  const mayShare = useMayShare(list)
  const spaceName = useSpaceName(space)
  const online = useSelect((state) => state.connection === 'online')
  useEffect(() => {
    if (online) store.files.open(space)
  }, [store, space, online])
  const offer = (dropped: Dropped) => {
    const place = list === BY_LINK ? {} : { space }
    show({ kind: 'share-files', offer: { ...dropped, ...place } })
  }
  const total = shares?.reduce((sum, share) => sum + share.totalBytes, 0) ?? 0
  return (
    <DropZone
      isOpen={mayShare}
      detail={list === BY_LINK ? texts.filter.states.links : texts.dropIn(spaceName)}
      onDrop={offer}
    >
      <PaneHeader
        icon={<Files />}
        title={texts.title}
        detail={
          shares === undefined ? '' : texts.total(countFiles(shares), sizeText(total, locale))
        }
      >
        <MoreMenu space={space} />
        {mayShare && <ShareButtons onChosen={offer} />}
      </PaneHeader>
      <Body space={space} list={list} />
    </DropZone>
  )
}

function countFiles(shares: readonly { readonly fileCount: number }[]): number {
  return shares.reduce((sum, { fileCount }) => sum + fileCount, 0)
}

function ShareButtons({ onChosen }: { readonly onChosen: (dropped: Dropped) => void }) {
  const { files: texts } = useTexts()
  const pick = async (kind: 'files' | 'folder') => {
    const items = readChosen(await pickFiles(kind))
    if (items.length > 0) onChosen({ items, unread: [] })
  }
  return (
    <>
      <IconButton label={texts.shareFolder} onClick={() => void pick('folder')}>
        <FolderUp />
      </IconButton>
      <Button
        tone="primary"
        icon={<Plus />}
        aria-label={texts.share}
        onClick={() => void pick('files')}
      >
        {texts.shareHere}
      </Button>
    </>
  )
}

function MoreMenu({ space }: FilesPaneProps) {
  const { store, show } = useApp()
  const { files: texts, fileSettings, moving, shareLink, standing, trackers } = useTexts()
  const set = (shown: 'links' | 'removed') =>
    store.files.setFilter(space, { ...NO_SHARE_FILTER, shown })
  return (
    <Menu
      trigger={
        <IconButton label={texts.more}>
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem icon={<ArrowDownUp />} onSelect={() => show({ kind: 'transfers' })}>
        {moving.title}
      </MenuItem>
      <MenuItem icon={<Link />} onSelect={() => show({ kind: 'open-share-link', link: '' })}>
        {shareLink.openTitle}
      </MenuItem>
      <MenuItem icon={<Link />} onSelect={() => set('links')}>
        {texts.filter.states.links}
      </MenuItem>
      <MenuItem icon={<Trash2 />} onSelect={() => set('removed')}>
        {texts.filter.states.removed}
      </MenuItem>
      <MenuItem icon={<Scale />} onSelect={() => show({ kind: 'standing', space })}>
        {standing.title}
      </MenuItem>
      <MenuItem icon={<HardDrive />} onSelect={() => show({ kind: 'file-settings' })}>
        {fileSettings.open}
      </MenuItem>
      <MenuItem icon={<RadioTower />} onSelect={() => show({ kind: 'trackers' })}>
        {trackers.title}
      </MenuItem>
    </Menu>
  )
}

function Body({ space, list }: { readonly space: string; readonly list: string }) {
  const { store } = useApp()
  const texts = useTexts()
  const { shares, failed } = useShareList(list)
  if (shares !== undefined) {
    return (
      <ShareListView key={list} space={space} list={list}>
        <UploadList list={list} />
      </ShareListView>
    )
  }
  if (!failed) return <div className={styles.blank} />
  return (
    <Empty icon={<Files />} title={texts.files.failed} hint={texts.files.failedHint}>
      <Button onClick={() => store.files.open(list)}>{texts.common.retry}</Button>
    </Empty>
  )
}
