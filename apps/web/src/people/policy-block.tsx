/** What the owner decides for everybody: what newcomers can read. Others see the decision. */

import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { SelectField } from '../ui/field.tsx'
import styles from './people.module.css'
import { ownRole } from './roles.ts'

export function PolicyBlock({ space }: { readonly space: string }) {
  const { store } = useApp()
  const { newcomers } = useTexts()
  const policies = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).policies)
  const role = useSelect((state) => ownRole(state, space))
  const history = policies?.find(({ name }) => name === 'history')
  if (history === undefined || role === undefined) return null
  const words = (value: string): string => newcomers.choices[value] ?? value
  return (
    <section className={styles.block}>
      <h2>{newcomers.title}</h2>
      {role === 'owner' ? (
        <div className={styles.policy}>
          <SelectField
            label={newcomers.label}
            value={history.value}
            onChange={(value) => void store.people.setPolicy(space, 'history', value)}
            options={history.choices.map((value) => ({ value, label: words(value) }))}
          />
        </div>
      ) : (
        <p className={styles.note}>{words(history.value)}</p>
      )}
    </section>
  )
}
