/** The head of a pane: where you are, and what you can do here. On a narrow screen also the way back. */

import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTexts } from '../app-context.tsx'
import { IconButton } from '../ui/button.tsx'
import styles from './pane-header.module.css'

interface PaneHeaderProps {
  readonly title: ReactNode
  readonly detail?: ReactNode
  readonly icon?: ReactNode
  /** Where the arrow leads on a narrow screen; without it there is none. */
  readonly onBack?: () => void
  readonly children?: ReactNode
}

export function PaneHeader({ title, detail, icon, onBack, children }: PaneHeaderProps) {
  const texts = useTexts()
  return (
    <header className={styles.header}>
      {onBack !== undefined && (
        <IconButton label={texts.common.back} className={styles.back} onClick={onBack}>
          <ArrowLeft />
        </IconButton>
      )}
      {icon !== undefined && <span className={styles.icon}>{icon}</span>}
      <div className={styles.titles}>
        <h1>{title}</h1>
        {detail !== undefined && <p>{detail}</p>}
      </div>
      <div className={styles.actions}>{children}</div>
    </header>
  )
}
