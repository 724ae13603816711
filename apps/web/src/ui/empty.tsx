/** A pane with nothing in it yet: what it is for and the one next action. */

import type { ReactNode } from 'react'
import styles from './empty.module.css'

interface EmptyProps {
  readonly icon: ReactNode
  readonly title: string
  readonly hint?: string
  readonly children?: ReactNode
}

export function Empty({ icon, title, hint, children }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <span className={styles.icon}>{icon}</span>
      <h2>{title}</h2>
      {hint !== undefined && <p>{hint}</p>}
      {children}
    </div>
  )
}
