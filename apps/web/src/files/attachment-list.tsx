/** Files of a message or a bill: pictures as pictures, everything else by name. Each opens into a look at it. */

import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { MessageFile } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import type { Overlay } from '../app-context.tsx'
import { sizeText } from '../format/sizes.ts'
import { IconButton } from '../ui/button.tsx'
import styles from './attachments.module.css'
import { MediaIcon } from './media-icon.tsx'
import { previewKind } from './preview-kind.ts'
import { mediaKind } from './share-filter.ts'
import { useShareWords } from './use-files.ts'

interface AttachmentListProps {
  readonly space: string
  readonly files: readonly MessageFile[]
  /** What is shown when the look at one is closed. */
  readonly back: Overlay
  /** Absent for what cannot be taken off. */
  readonly onRemove?: (file: MessageFile) => void
  readonly mayRemove?: (file: MessageFile) => boolean
}

export function AttachmentList({ space, files, back, onRemove, mayRemove }: AttachmentListProps) {
  const { show } = useApp()
  const { attach } = useTexts()
  return (
    <ul className={styles.list}>
      {files.map((file) => (
        <li key={file.id}>
          <button
            type="button"
            className={styles.file}
            onClick={() => show({ kind: 'attachment', space, file, back })}
          >
            {previewKind(file.mediaType) === 'image' && file.sizeBytes <= PICTURE_BYTES_MAX ? (
              <Picture space={space} file={file} />
            ) : (
              <Named file={file} />
            )}
          </button>
          {onRemove !== undefined && mayRemove?.(file) !== false && (
            <IconButton label={attach.takeOff(file.name)} onClick={() => onRemove(file)}>
              <X />
            </IconButton>
          )}
        </li>
      ))}
    </ul>
  )
}

/** Larger ones are loaded when somebody wants to see them. */
const PICTURE_BYTES_MAX = 8 * 1024 * 1024

interface FileProps {
  readonly space: string
  readonly file: MessageFile
}

function Picture({ space, file }: FileProps) {
  const { address, hasFailed } = useAttachment(space, file)
  if (hasFailed) return <Named file={file} />
  return address === undefined ? (
    <span className={styles.blank} />
  ) : (
    <img className={styles.picture} src={address} alt={file.name} />
  )
}

function Named({ file }: { readonly file: MessageFile }) {
  const { locale } = useShareWords()
  return (
    <span className={styles.named}>
      <MediaIcon kind={mediaKind(file.mediaType)} mediaType={file.mediaType} />
      <span className={styles.name}>{file.name}</span>
      <span className={styles.note}>{sizeText(file.sizeBytes, locale)}</span>
    </span>
  )
}

export interface ShownAttachment {
  readonly blob: Blob | undefined
  readonly address: string | undefined
  readonly hasFailed: boolean
}

const WAITING: ShownAttachment = { blob: undefined, address: undefined, hasFailed: false }

/** Its bytes, fetched from others when they are not here yet, and an address for elements of the page. */
export function useAttachment(space: string, file: MessageFile): ShownAttachment {
  const { store } = useApp()
  const [shown, setShown] = useState(WAITING)
  useEffect(() => {
    let isCurrent = true
    let address: string | undefined
    store.attachmentCache.blob(space, file).then(
      (blob) => {
        if (!isCurrent) return
        address = URL.createObjectURL(blob)
        setShown({ blob, address, hasFailed: false })
      },
      () => isCurrent && setShown({ ...WAITING, hasFailed: true }),
    )
    return () => {
      isCurrent = false
      if (address !== undefined) URL.revokeObjectURL(address)
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- a file is what its id says; its other fields never change
  }, [store, space, file.id])
  return shown
}
