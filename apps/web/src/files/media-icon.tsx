/** The picture of a kind of file. Decoration: its name stands beside it. */

import { File, FileArchive, FileText, Film, Folder, Image, Music } from 'lucide-react'
import type { ShareKind } from './share-filter.ts'

interface MediaIconProps {
  readonly kind: ShareKind
  readonly mediaType: string
}

export function MediaIcon({ kind, mediaType }: MediaIconProps) {
  switch (kind) {
    case 'folder':
      return <Folder aria-hidden="true" />
    case 'image':
      return <Image aria-hidden="true" />
    case 'video':
      return <Film aria-hidden="true" />
    case 'audio':
      return <Music aria-hidden="true" />
    default:
      if (/zip|compressed|tar/.test(mediaType)) return <FileArchive aria-hidden="true" />
      if (/^text|pdf|document/.test(mediaType)) return <FileText aria-hidden="true" />
      return <File aria-hidden="true" />
  }
}
