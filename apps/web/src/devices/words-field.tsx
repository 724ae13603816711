/** Where 24 words are typed. The browser must neither keep nor correct them. */

import { useId } from 'react'
import { useTexts } from '../app-context.tsx'
import styles from './devices.module.css'

interface WordsFieldProps {
  readonly value: string
  readonly error?: string | undefined
  readonly onChange: (words: string) => void
}

export function WordsField({ value, error, onChange }: WordsFieldProps) {
  const { devices } = useTexts()
  const id = useId()
  return (
    <div className={styles.wordsField}>
      <label htmlFor={id}>{devices.words}</label>
      <textarea
        id={id}
        rows={4}
        value={value}
        autoComplete="off"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        onChange={(event) => onChange(event.target.value)}
      />
      <p
        id={`${id}-note`}
        className={error === undefined ? styles.note : styles.error}
        role={error === undefined ? undefined : 'alert'}
      >
        {error ?? devices.wordsHint}
      </p>
    </div>
  )
}
