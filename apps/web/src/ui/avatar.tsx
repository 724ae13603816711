/** The round picture of a person: initials on the colour of their key. A dot says that they are here now. */

import type { CSSProperties } from 'react'
import { initials, personColour } from '../format/people.ts'
import { classes } from './button.tsx'
import styles from './avatar.module.css'

interface AvatarProps {
  readonly id: string
  readonly name: string
  readonly size?: 'small' | 'normal' | 'large'
  readonly shape?: 'person' | 'space'
  readonly online?: boolean
}

/** Decoration, drawn by the style sheet so that it is no text to be read out: the name stands beside it or in the label of what holds it. */
export function Avatar({ id, name, size = 'normal', shape = 'person', online }: AvatarProps) {
  return (
    <span
      className={classes(styles.avatar, styles[size], styles[shape])}
      style={personStyle(id)}
      data-initials={initials(name)}
      aria-hidden="true"
    >
      {online === true && <span className={styles.dot} />}
    </span>
  )
}

export function personStyle(id: string): CSSProperties {
  return { '--person': `var(--person-${personColour(id)})` } as CSSProperties
}
