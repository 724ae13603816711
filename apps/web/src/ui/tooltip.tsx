/** A short text on hover or focus. It repeats an accessible name or adds an exact figure; never the only place of a fact. */

import { Tooltip as Primitive } from 'radix-ui'
import type { ReactNode } from 'react'
import styles from './floating.module.css'

interface TooltipProps {
  readonly label: string
  readonly side?: 'top' | 'right' | 'bottom' | 'left'
  readonly children: ReactNode
}

export function Tooltip({ label, side = 'top', children }: TooltipProps) {
  return (
    <Primitive.Root>
      <Primitive.Trigger asChild>{children}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          className={styles.tooltip}
          side={side}
          sideOffset={6}
          collisionPadding={8}
        >
          {label}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

export function TooltipProvider({ children }: { readonly children: ReactNode }) {
  return (
    <Primitive.Provider delayDuration={400} skipDelayDuration={200}>
      {children}
    </Primitive.Provider>
  )
}
