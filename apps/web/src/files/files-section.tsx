/** The whole section as one piece, loaded when any of it is first shown: one script is smaller than ten. */

import type { Overlay } from '../app-context.tsx'
import { later } from '../ui/later.ts'
import { AttachmentDialog } from './attachment-dialog.tsx'
import { OpenLinkDialog } from './open-link-dialog.tsx'
import { PreviewDialog } from './preview-dialog.tsx'
import { RenameShareDialog } from './rename-share-dialog.tsx'
import { ShareDrawer } from './share-drawer.tsx'
import { ShareFilesDialog } from './share-files-dialog.tsx'
import { ShareLinkDialog } from './share-link-dialog.tsx'
import { ShareToRoomDialog } from './share-to-room-dialog.tsx'
import { TransfersDialog } from './transfers-dialog.tsx'

const TrackersDialog = later(async () => (await import('./seldom-section.tsx')).TrackersDialog)
const StandingDialog = later(async () => (await import('./seldom-section.tsx')).StandingDialog)
const FileSettingsDialog = later(
  async () => (await import('./seldom-section.tsx')).FileSettingsDialog,
)

export { FilesBlock } from './files-block.tsx'
export { FilesPane } from './files-pane.tsx'

export type FilesOverlayKind =
  | 'share-files'
  | 'share'
  | 'share-link'
  | 'rename-share'
  | 'share-to-room'
  | 'preview'
  | 'attachment'
  | 'open-share-link'
  | 'transfers'
  | 'file-settings'
  | 'trackers'
  | 'standing'

interface FilesOverlayProps {
  readonly overlay: Extract<Overlay, { readonly kind: FilesOverlayKind }>
}

/** The dialog or drawer of the section that is open. */
export function FilesOverlay({ overlay }: FilesOverlayProps) {
  switch (overlay.kind) {
    case 'share-files':
      return <ShareFilesDialog offer={overlay.offer} />
    case 'share':
      return <ShareDrawer key={overlay.share} space={overlay.space} share={overlay.share} />
    case 'share-link':
      return <ShareLinkDialog space={overlay.space} share={overlay.share} />
    case 'rename-share':
      return <RenameShareDialog space={overlay.space} share={overlay.share} />
    case 'share-to-room':
      return <ShareToRoomDialog space={overlay.space} share={overlay.share} name={overlay.name} />
    case 'preview':
      return <PreviewDialog space={overlay.space} share={overlay.share} path={overlay.path} />
    case 'attachment':
      return <AttachmentDialog space={overlay.space} file={overlay.file} back={overlay.back} />
    case 'open-share-link':
      return <OpenLinkDialog link={overlay.link} />
    case 'transfers':
      return <TransfersDialog />
    case 'file-settings':
      return <FileSettingsDialog />
    case 'trackers':
      return <TrackersDialog />
    case 'standing':
      return <StandingDialog space={overlay.space} />
  }
}
