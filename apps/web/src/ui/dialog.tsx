/**
 * Dialogs and the drawer at the right. The veil is our own: Radix's overlay injects a style element to stop the page from
 * scrolling, which the page's policy refuses, and this page does not scroll.
 */

import { X } from 'lucide-react'
import { Dialog as Primitive } from 'radix-ui'
import type { ReactNode } from 'react'
import { useTexts } from '../app-context.tsx'
import { classes, IconButton } from './button.tsx'
import styles from './dialog.module.css'

interface DialogProps {
  readonly title: string
  readonly lead?: string
  readonly onClose: () => void
  readonly children: ReactNode
  readonly shape?: 'dialog' | 'drawer' | 'wide'
}

export function Dialog({ title, lead, onClose, children, shape = 'dialog' }: DialogProps) {
  const texts = useTexts()
  return (
    <Primitive.Root open onOpenChange={(open) => !open && onClose()}>
      <Primitive.Portal>
        <div className={styles.veil} data-shape={shape} />
        <Primitive.Content
          className={classes(styles.content, styles[shape])}
          onOpenAutoFocus={focusFirstField}
          {...(lead === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <header className={styles.header}>
            <Primitive.Title className={styles.title}>{title}</Primitive.Title>
            <IconButton label={texts.common.close} onClick={onClose} side="left">
              <X />
            </IconButton>
          </header>
          {lead !== undefined && (
            <Primitive.Description className={styles.lead}>{lead}</Primitive.Description>
          )}
          <div className={styles.body}>{children}</div>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

/** The first field, else the dialog itself: never its close button, whose tooltip would open. */
function focusFirstField(event: Event) {
  event.preventDefault()
  const content = event.currentTarget ?? event.target
  if (!(content instanceof HTMLElement)) return
  const field = content.querySelector<HTMLElement>('input, select, textarea') ?? content
  field.focus()
}

/** The row of buttons at the foot of a dialog. */
export function DialogActions({ children }: { readonly children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>
}
