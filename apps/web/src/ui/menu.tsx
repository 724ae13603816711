/** A menu of actions behind one button. Not modal: a modal one injects a style element, which the page's policy refuses. */

import { DropdownMenu as Primitive } from 'radix-ui'
import type { ReactNode } from 'react'
import { classes } from './button.tsx'
import styles from './floating.module.css'

interface MenuProps {
  readonly trigger: ReactNode
  readonly children: ReactNode
  readonly align?: 'start' | 'center' | 'end'
  readonly onOpenChange?: (open: boolean) => void
}

export function Menu({ trigger, children, align = 'end', onOpenChange }: MenuProps) {
  const change = onOpenChange === undefined ? {} : { onOpenChange }
  return (
    <Primitive.Root modal={false} {...change}>
      <Primitive.Trigger asChild>{trigger}</Primitive.Trigger>
      <Primitive.Portal>
        <Primitive.Content
          className={classes(styles.panel, styles.menu)}
          align={align}
          sideOffset={4}
          collisionPadding={8}
        >
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

interface MenuItemProps {
  readonly icon?: ReactNode
  readonly tone?: 'danger'
  readonly onSelect: () => void
  readonly children: ReactNode
}

export function MenuItem({ icon, tone, onSelect, children }: MenuItemProps) {
  return (
    <Primitive.Item className={styles.item} data-tone={tone} onSelect={onSelect}>
      {icon}
      {children}
    </Primitive.Item>
  )
}
