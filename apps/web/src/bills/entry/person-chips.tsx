/** Names to tap, for lines that are otherwise typed. By keyboard the line does the same, so they are no stops of Tab. */

import { Avatar } from '../../ui/avatar.tsx'
import styles from './bill-dialog.module.css'
import { useBillWords } from './bill-words.ts'
import { useEntry } from './use-bill-entry.ts'

interface PersonChipsProps {
  readonly label: string
  readonly isOn: (party: string) => boolean
  readonly onToggle: (party: string) => void
  readonly disabled?: boolean
}

export function PersonChips({ label, isOn, onToggle, disabled = false }: PersonChipsProps) {
  const { people } = useEntry()
  const { nameOf } = useBillWords()
  return (
    <div className={styles.chips} role="group" aria-label={label}>
      {people.people.map(({ id, name }) => (
        <button
          key={id}
          type="button"
          tabIndex={-1}
          className={styles.chip}
          aria-pressed={isOn(id)}
          disabled={disabled}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onToggle(id)}
        >
          <Avatar id={id} name={name} size="small" />
          {nameOf(id)}
        </button>
      ))}
    </div>
  )
}
