/** Who carries what of a bill as it will be saved, and who of them carries the odd cent. */

import { useTexts } from '../../app-context.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import styles from './bill-dialog.module.css'
import { useBillWords } from './bill-words.ts'
import { useEntry } from './use-bill-entry.ts'

export function OwedList() {
  const { billForm } = useTexts()
  const { reading, people } = useEntry()
  const { nameOf } = useBillWords()
  const shown = people.people.filter(({ id }) => reading.owed.some(({ party }) => party === id))
  if (shown.length === 0) return null
  return (
    <section aria-label={billForm.parts}>
      <ul className={styles.owedList}>
        {shown.map(({ id, name }) => (
          <li key={id}>
            <Avatar id={id} name={name} size="small" />
            <span className={styles.name}>{nameOf(id)}</span>
            <Owed party={id} />
          </li>
        ))}
      </ul>
    </section>
  )
}

export function Owed({ party }: { readonly party: string }) {
  const { billForm } = useTexts()
  const { reading } = useEntry()
  const { money } = useBillWords()
  const part = reading.owed.find((each) => each.party === party)
  const hasCent = reading.cents.includes(party)
  return (
    <span className={styles.owed}>
      {part !== undefined && part.amountMinor > 0 && money(part.amountMinor)}
      {hasCent && <span className={styles.cent} title={billForm.cent} />}
    </span>
  )
}
