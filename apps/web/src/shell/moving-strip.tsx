/**
 * Below whatever is on the screen: that files are coming in or being taken in, and how far. While the page itself is needed
 * for it, leaving is asked about.
 */

import { ArrowDownUp } from 'lucide-react'
import { useEffect } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { percentText, rateText } from '../format/sizes.ts'
import type { AppState } from '../state/app-state.ts'
import { movingOf } from '../state/files-state.ts'
import type { Moving } from '../state/files-state.ts'
import styles from './moving-strip.module.css'

export function MovingStrip() {
  const { show, words } = useApp()
  const texts = useTexts()
  const files = useSelect((state) => state.files)
  const moving = movingOf(files)
  const isSending = useSelect(hasFilesToSend)
  usePageKept(moving.uploads > 0 || isSending)
  useStrayDrops()
  const parts = movingWords(moving, words)
  if (parts.length === 0) return null
  return (
    <button
      type="button"
      className={styles.strip}
      data-stuck={moving.stuck > 0}
      aria-describedby="moving-open"
      onClick={() => show({ kind: 'transfers' })}
    >
      <ArrowDownUp />
      <span>{parts.join(' · ')}</span>
      <span id="moving-open" hidden>
        {texts.moving.open}
      </span>
    </button>
  )
}

function movingWords(
  moving: Moving,
  { texts, locale }: { readonly texts: ReturnType<typeof useTexts>; readonly locale: string },
): readonly string[] {
  const parts: string[] = []
  if (moving.uploads > 0) {
    const percent = percentText(moving.uploadSent, moving.uploadTotal, locale)
    parts.push(texts.moving.sharing(percent), texts.upload.remaining)
  }
  if (moving.downloads > 0) {
    parts.push(texts.moving.loading(percentText(moving.held, moving.wanted, locale)))
    if (moving.downBytesPerSecond > 0) parts.push(rateText(moving.downBytesPerSecond, locale))
  }
  if (moving.stuck > 0) parts.push(texts.moving.stuck(moving.stuck))
  return parts
}

/** Files that were chosen, and are nowhere but in this page. */
function hasFilesToSend({ files, rooms }: AppState): boolean {
  const { chosen, attaching } = files
  return (
    attaching.length > 0 ||
    Object.values(chosen).some(({ length }) => length > 0) ||
    Object.values(rooms).some(({ pending }) => pending.some((each) => each.files !== undefined))
  )
}

/** Files that are being taken in lie in the page: the browser asks before it is closed. */
function usePageKept(isNeeded: boolean) {
  useEffect(() => {
    if (!isNeeded) return
    const ask = (event: Event) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [isNeeded])
}

/** A file dropped beside its place would make the browser leave the page for it. */
function useStrayDrops() {
  useEffect(() => {
    const refuse = (event: DragEvent) => {
      if (event.defaultPrevented || event.dataTransfer?.types.includes('Files') !== true) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'none'
    }
    addEventListener('dragover', refuse)
    addEventListener('drop', refuse)
    return () => {
      removeEventListener('dragover', refuse)
      removeEventListener('drop', refuse)
    }
  }, [])
}
