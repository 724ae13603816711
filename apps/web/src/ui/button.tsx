/** Buttons. One `primary` a screen: the one next action. */

import type { ComponentProps, ReactNode } from 'react'
import styles from './button.module.css'
import { Tooltip } from './tooltip.tsx'

export interface ButtonProps extends ComponentProps<'button'> {
  readonly tone?: 'primary' | 'plain' | 'quiet' | 'danger'
  readonly size?: 'normal' | 'small'
  readonly icon?: ReactNode
}

export function Button({ tone = 'plain', size = 'normal', icon, children, ...rest }: ButtonProps) {
  const className = classes(styles.button, styles[tone], styles[size], rest.className)
  return (
    <button type="button" {...rest} className={className}>
      {icon}
      {children}
    </button>
  )
}

export interface IconButtonProps extends ComponentProps<'button'> {
  /** Its accessible name, also shown on hover. */
  readonly label: string
  readonly side?: 'top' | 'right' | 'bottom' | 'left'
}

export function IconButton({ label, side = 'top', children, ...rest }: IconButtonProps) {
  return (
    <Tooltip label={label} side={side}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={classes(styles.icon, rest.className)}
      >
        {children}
      </button>
    </Tooltip>
  )
}

export function classes(...names: readonly (string | false | undefined)[]): string {
  return names.filter(Boolean).join(' ')
}
