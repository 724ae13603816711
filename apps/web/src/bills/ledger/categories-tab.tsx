/** Own categories, beside those that every ledger has. */

import { useState } from 'react'
import { useTexts } from '../../app-context.tsx'
import { Field } from '../../ui/field.tsx'
import { useMayBill } from '../may-bill.ts'
import { useBills } from '../use-bills.ts'
import { AddForm } from './add-form.tsx'
import styles from './ledger.module.css'
import { RetirableRow } from './retirable-row.tsx'
import { useChange } from './use-change.ts'

const EMOJI_LENGTH_MAX = 8

export function CategoriesTab({ space }: { readonly space: string }) {
  const { ledger: texts } = useTexts()
  const { extras } = useBills(space)
  const mayBill = useMayBill(space)
  const change = useChange(space)
  const [emoji, setEmoji] = useState('')
  const add = async (name: string) => {
    const input = { name, emoji: emoji.trim() }
    const done = await change((api) => api.addCategory(space, input))
    if (done) setEmoji('')
    return done
  }
  return (
    <>
      <p className={styles.note}>{texts.categoriesHint}</p>
      <ul className={styles.list}>
        {(extras?.categories ?? []).map((category) => (
          <RetirableRow
            key={category.id}
            space={space}
            name={category.emoji === '' ? category.name : `${category.emoji} ${category.name}`}
            retired={category.retired}
            retire={(api) => api.changeCategory(space, category.id, { retired: !category.retired })}
          />
        ))}
      </ul>
      {mayBill && (
        <AddForm label={texts.categoryName} action={texts.addCategory} onAdd={add}>
          <Field
            label={texts.emoji}
            value={emoji}
            maxLength={EMOJI_LENGTH_MAX}
            onChange={(event) => setEmoji(event.target.value)}
          />
        </AddForm>
      )}
    </>
  )
}
