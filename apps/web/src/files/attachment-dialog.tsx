/** A look at a file of a message or a bill: a picture, sound or film, or plain text; everything else is saved. */

import { Save } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { MessageFile } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import type { Overlay } from '../app-context.tsx'
import { sizeText } from '../format/sizes.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useAttachment } from './attachment-list.tsx'
import type { ShownAttachment } from './attachment-list.tsx'
import { previewKind } from './preview-kind.ts'
import styles from './preview.module.css'
import { useShareWords } from './use-files.ts'

interface AttachmentDialogProps {
  readonly space: string
  readonly file: MessageFile
  readonly back: Overlay
}

export function AttachmentDialog({ space, file, back }: AttachmentDialogProps) {
  const { show } = useApp()
  const { texts, locale } = useShareWords()
  const shown = useAttachment(space, file)
  const save = () => {
    const link = document.createElement('a')
    link.href = shown.address ?? ''
    link.download = file.name
    link.click()
  }
  return (
    <Dialog shape="wide" title={file.name} onClose={() => show(back)}>
      <Look file={file} shown={shown} />
      <div className={styles.foot}>
        <span className={styles.note}>{sizeText(file.sizeBytes, locale)}</span>
        <Button icon={<Save />} disabled={shown.address === undefined} onClick={save}>
          {texts.share.save}
        </Button>
      </div>
    </Dialog>
  )
}

function Look({ file, shown }: { readonly file: MessageFile; readonly shown: ShownAttachment }) {
  const { share: texts } = useTexts()
  const [cannot, setCannot] = useState(false)
  const kind = previewKind(file.mediaType)
  if (kind === undefined) return <p className={styles.words}>{texts.noPreview}</p>
  if (cannot || shown.hasFailed) {
    return (
      <p role="alert" className={styles.words}>
        {texts.previewFailed}
      </p>
    )
  }
  const { address, blob } = shown
  if (address === undefined || blob === undefined) return <p>{texts.arriving}</p>
  if (kind === 'text') return <Text blob={blob} name={file.name} />
  const common = { src: address, onError: () => setCannot(true) }
  return (
    <div className={styles.stage} data-kind={kind}>
      {kind === 'image' && <img {...common} alt={file.name} />}
      {kind === 'video' && (
        // oxlint-disable-next-line jsx-a11y/media-has-caption -- what people film for each other has no captions
        <video {...common} controls playsInline aria-label={file.name} />
      )}
      {kind === 'audio' && (
        // oxlint-disable-next-line jsx-a11y/media-has-caption -- as above
        <audio {...common} controls aria-label={file.name} />
      )}
    </div>
  )
}

const TEXT_BYTES_MAX = 256 * 1024

function Text({ blob, name }: { readonly blob: Blob; readonly name: string }) {
  const { share: texts } = useTexts()
  const [text, setText] = useState('')
  useEffect(() => {
    void blob.slice(0, TEXT_BYTES_MAX).text().then(setText)
  }, [blob])
  return (
    <pre className={styles.text} tabIndex={0} aria-label={texts.textOf(name)} role="region">
      {text}
    </pre>
  )
}
