/** How much of a whole is there, as a bar with a name. */

import { percentText } from '../format/sizes.ts'
import styles from './moving.module.css'
import { useShareWords } from './use-files.ts'

interface ProgressBarProps {
  readonly label: string
  readonly part: number
  readonly whole: number
}

export function ProgressBar({ label, part, whole }: ProgressBarProps) {
  const { locale } = useShareWords()
  return (
    <progress
      className={styles.bar}
      aria-label={label}
      aria-valuetext={percentText(part, whole, locale)}
      max={Math.max(1, whole)}
      value={whole === 0 ? 1 : part}
    />
  )
}
