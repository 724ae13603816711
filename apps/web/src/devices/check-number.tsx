/** Six digits, large and in two groups, read out one by one. */

import { useTexts } from '../app-context.tsx'
import styles from './devices.module.css'

export function CheckNumber({ number }: { readonly number: string }) {
  const { devices } = useTexts()
  return (
    <p
      className={styles.number}
      role="img"
      aria-label={`${devices.number}: ${Array.from(number, (digit) => digit).join(' ')}`}
    >
      <span>{number.slice(0, 3)}</span>
      <span>{number.slice(3)}</span>
    </p>
  )
}
