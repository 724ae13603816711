/**
 * A look at a file: a picture, a video or sound that plays while it loads, or plain text. Everything else is saved and
 * opened with another program; what could run, such as HTML or SVG, is never shown.
 */

import { ChevronLeft, ChevronRight, Save } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import type { SharedFile } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { sizeText } from '../format/sizes.ts'
import type { FileAddress } from '../state/page-files.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { HeldWords } from './held-words.tsx'
import { previewKind } from './preview-kind.ts'
import type { PreviewKind } from './preview-kind.ts'
import styles from './preview.module.css'
import { saveFile } from './save-file.ts'
import { useShareWords } from './use-files.ts'

interface PreviewDialogProps {
  readonly space: string | undefined
  readonly share: string
  readonly path: string
}

const NOTHING: readonly never[] = []

export function PreviewDialog({ space, share, path }: PreviewDialogProps) {
  const { store, show } = useApp()
  const { texts, locale } = useShareWords()
  const detail = useSelect((state) => state.files.details[share])
  const files = (typeof detail === 'object' ? detail.files : undefined) ?? NOTHING
  const file = files.find((each) => each.path === path)
  useEffect(() => {
    store.files.openShare(share)
    return () => store.files.closeShare(share)
  }, [store, share])
  const place = { share, ...(space === undefined ? {} : { space }) }
  const name = path.split('/').at(-1) ?? path
  const size = file === undefined ? '' : sizeText(file.sizeBytes, locale)
  return (
    <Dialog shape="wide" title={name} onClose={() => show({ kind: 'share', ...place })}>
      {file !== undefined && <Shown key={path} share={share} file={file} name={name} />}
      <div className={styles.foot}>
        <Turn
          files={files}
          path={path}
          onTurn={(next) => show({ kind: 'preview', path: next, ...place })}
        />
        <span className={styles.note}>
          {size}
          {file !== undefined && <HeldWords held={file.heldBytes} size={file.sizeBytes} />}
        </span>
        <Button icon={<Save />} onClick={() => void saveFile(store, share, path)}>
          {texts.share.save}
        </Button>
      </div>
    </Dialog>
  )
}

interface TurnProps {
  readonly files: readonly SharedFile[]
  readonly path: string
  readonly onTurn: (path: string) => void
}

/** To the neighbours that can be shown; by arrow keys too, where no field or player takes them. */
function Turn({ files, path, onTurn }: TurnProps) {
  const { share: texts } = useTexts()
  const shown = useMemo(
    () => files.filter(({ mediaType }) => previewKind(mediaType) !== undefined),
    [files],
  )
  const at = shown.findIndex((file) => file.path === path)
  const [previous, next] = [shown[at - 1]?.path, shown[at + 1]?.path]
  useEffect(() => {
    const turn = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLMediaElement || event.target instanceof HTMLPreElement) return
      if (event.key === 'ArrowLeft' && previous !== undefined) onTurn(previous)
      else if (event.key === 'ArrowRight' && next !== undefined) onTurn(next)
    }
    addEventListener('keydown', turn)
    return () => removeEventListener('keydown', turn)
  }, [previous, next, onTurn])
  if (shown.length < 2) return null
  return (
    <>
      <IconButton
        label={texts.previous}
        disabled={previous === undefined}
        onClick={() => previous !== undefined && onTurn(previous)}
      >
        <ChevronLeft />
      </IconButton>
      <IconButton
        label={texts.next}
        disabled={next === undefined}
        onClick={() => next !== undefined && onTurn(next)}
      >
        <ChevronRight />
      </IconButton>
    </>
  )
}

interface ShownProps {
  readonly share: string
  readonly file: SharedFile
  readonly name: string
}

function Shown({ share, file, name }: ShownProps) {
  const { share: texts } = useTexts()
  const kind = previewKind(file.mediaType)
  const [hasFailed, setHasFailed] = useState(false)
  if (kind === undefined) return <p className={styles.words}>{texts.noPreview}</p>
  if (hasFailed) {
    return (
      <p role="alert" className={styles.words}>
        {texts.previewFailed}
      </p>
    )
  }
  const fail = () => setHasFailed(true)
  return kind === 'text' ? (
    <PlainText share={share} file={file} name={name} onFail={fail} />
  ) : (
    <Media kind={kind} share={share} file={file} name={name} onFail={fail} />
  )
}

interface PartProps extends ShownProps {
  readonly onFail: () => void
}

function Media({
  kind,
  share,
  file,
  name,
  onFail,
}: PartProps & { readonly kind: Exclude<PreviewKind, 'text'> }) {
  const { share: texts } = useTexts()
  const address = useAddress(share, file.path, onFail)
  const [isReady, setIsReady] = useState(false)
  const ready = () => setIsReady(true)
  const src = address?.show
  return (
    <div className={styles.stage} data-kind={kind}>
      {!isReady && <p className={styles.arriving}>{texts.arriving}</p>}
      {kind === 'image' && src !== undefined && (
        <img src={src} alt={name} onLoad={ready} onError={onFail} />
      )}
      {kind === 'video' && src !== undefined && (
        // oxlint-disable-next-line jsx-a11y/media-has-caption -- what people film for each other has no captions
        <video
          src={src}
          controls
          playsInline
          preload="metadata"
          aria-label={name}
          onLoadedMetadata={ready}
          onError={onFail}
        />
      )}
      {kind === 'audio' && src !== undefined && (
        // oxlint-disable-next-line jsx-a11y/media-has-caption -- as above
        <audio
          src={src}
          controls
          preload="metadata"
          aria-label={name}
          onLoadedMetadata={ready}
          onError={onFail}
        />
      )}
    </div>
  )
}

function useAddress(share: string, path: string, onFail: () => void): FileAddress | undefined {
  const { store } = useApp()
  const [address, setAddress] = useState<FileAddress | undefined>(undefined)
  useEffect(() => {
    let isCurrent = true
    store.pageFiles.addressOf(share, path).then(
      (found) => isCurrent && setAddress(found),
      () => isCurrent && onFail(),
    )
    return () => {
      isCurrent = false
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the file decides; how a failure is told does not
  }, [store, share, path])
  return address
}

const TEXT_BYTES_MAX = 256 * 1024

function PlainText({ share, file, name, onFail }: PartProps) {
  const { store } = useApp()
  const { texts, locale } = useShareWords()
  const [text, setText] = useState<string | undefined>(undefined)
  const isCut = file.sizeBytes > TEXT_BYTES_MAX
  useEffect(() => {
    const control = new AbortController()
    const span = { offset: 0, lengthBytes: Math.min(file.sizeBytes, TEXT_BYTES_MAX) }
    const read = async () => {
      const decoder = new TextDecoder()
      let found = ''
      const pieces = store.api.readFile(share, file.path, { ...span, signal: control.signal })
      for await (const piece of pieces) found += decoder.decode(piece, { stream: true })
      setText(found)
    }
    read().catch(() => {
      if (!control.signal.aborted) onFail()
    })
    return () => control.abort()
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the file decides; how a failure is told does not
  }, [store, share, file.path])
  if (text === undefined) return <p className={styles.arriving}>{texts.share.arriving}</p>
  return (
    <>
      <pre className={styles.text} tabIndex={0} aria-label={texts.share.textOf(name)} role="region">
        {text}
      </pre>
      {isCut && (
        <p className={styles.note}>{texts.share.previewCut(sizeText(TEXT_BYTES_MAX, locale))}</p>
      )}
    </>
  )
}
