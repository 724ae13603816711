/** Around the section: files and folders dropped anywhere on it are offered for sharing. */

import { Upload } from 'lucide-react'
import { useRef, useState } from 'react'
import type { DragEvent, ReactNode } from 'react'
import { useTexts } from '../app-context.tsx'
import { readDrop } from './dropped.ts'
import type { Dropped } from './dropped.ts'
import styles from './files.module.css'

interface DropZoneProps {
  readonly isOpen: boolean
  /** Where it goes, in words. */
  readonly detail: string
  readonly onDrop: (dropped: Dropped) => void
  readonly children: ReactNode
}

export function DropZone({ isOpen, detail, onDrop, children }: DropZoneProps) {
  const { files: texts } = useTexts()
  // Each child that is entered and left counts: the pointer is outside when none is left.
  const depth = useRef(0)
  const [isOver, setIsOver] = useState(false)
  const leave = (by: number) => {
    depth.current = Math.max(0, depth.current - by)
    if (depth.current === 0) setIsOver(false)
  }
  const handlers = {
    onDragEnter(event: DragEvent) {
      if (!hasFiles(event)) return
      depth.current++
      setIsOver(true)
    },
    onDragOver(event: DragEvent) {
      if (!hasFiles(event)) return
      event.preventDefault()
      event.dataTransfer.dropEffect = isOpen ? 'copy' : 'none'
    },
    onDragLeave: () => leave(1),
    onDrop(event: DragEvent) {
      if (!hasFiles(event)) return
      event.preventDefault()
      leave(depth.current)
      if (isOpen) void readDrop(event.dataTransfer).then(onDrop)
    },
  }
  return (
    <div className={styles.zone} {...handlers}>
      {children}
      {isOver && (
        <div className={styles.over} data-open={isOpen}>
          <Upload />
          <strong>{isOpen ? texts.drop : texts.mayNotShare}</strong>
          {isOpen && <span>{detail}</span>}
        </div>
      )}
    </div>
  )
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer.types.includes('Files')
}
