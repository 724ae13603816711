/** A small picker of emoji in groups; arrow keys walk through it. */

import { Popover } from 'radix-ui'
import { useState } from 'react'
import type { KeyboardEvent, ReactNode } from 'react'
import { useTexts } from '../app-context.tsx'
import { classes } from '../ui/button.tsx'
import floating from '../ui/floating.module.css'
import { EMOJI_GROUPS, emojiOf } from './emoji-list.ts'
import styles from './emoji-picker.module.css'

interface EmojiPickerProps {
  readonly trigger: ReactNode
  readonly onPick: (emoji: string) => void
  readonly onOpenChange?: (open: boolean) => void
}

const COLUMNS = 8

export function EmojiPicker({ trigger, onPick, onOpenChange }: EmojiPickerProps) {
  const texts = useTexts()
  const [open, setOpen] = useState(false)
  const change = (next: boolean) => {
    setOpen(next)
    onOpenChange?.(next)
  }
  return (
    <Popover.Root open={open} onOpenChange={change}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={classes(floating.panel, styles.picker)}
          sideOffset={6}
          collisionPadding={8}
          aria-label={texts.emoji.title}
          onKeyDown={walk}
        >
          {EMOJI_GROUPS.map((group) => (
            <div key={group} role="group" aria-label={texts.emoji[group]}>
              <p aria-hidden="true">{texts.emoji[group]}</p>
              <div className={styles.grid}>
                {emojiOf(group).map(({ emoji, name }) => (
                  <button
                    key={emoji}
                    type="button"
                    aria-label={name}
                    title={name}
                    onClick={() => {
                      onPick(emoji)
                      change(false)
                    }}
                  >
                    {emoji}
                  </button>
                ))}
              </div>
            </div>
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -COLUMNS,
  ArrowDown: COLUMNS,
}

function walk(event: KeyboardEvent<HTMLElement>) {
  const step = STEPS[event.key]
  if (step === undefined) return
  event.preventDefault()
  const buttons = [...event.currentTarget.querySelectorAll('button')]
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
  buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)]?.focus()
}
