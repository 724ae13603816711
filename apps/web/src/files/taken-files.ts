/** Files from the clipboard or a drop, for what is being written. */

import type { ClipboardEvent, DragEvent } from 'react'
import { readDrop } from './dropped.ts'

/** Handlers for the place where it is written; `undefined` refuses files. */
export function takenFiles(add: ((files: readonly File[]) => void) | undefined) {
  return {
    onPaste(event: ClipboardEvent) {
      const files = [...event.clipboardData.files]
      if (files.length === 0 || add === undefined) return
      event.preventDefault()
      add(files)
    },
    onDragOver(event: DragEvent) {
      if (add !== undefined && event.dataTransfer.types.includes('Files')) event.preventDefault()
    },
    onDrop(event: DragEvent) {
      if (add === undefined || !event.dataTransfer.types.includes('Files')) return
      event.preventDefault()
      void readDrop(event.dataTransfer).then(({ items }) =>
        add(items.flatMap(({ files }) => files.map(({ file }) => file))),
      )
    },
  }
}
