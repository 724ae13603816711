/** Somebody without the app: by typing their name, or the one that was just not found. */

import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { useTexts } from '../../app-context.tsx'
import { NAME_LENGTH_MAX } from '../../chat/limits.ts'
import { Button, classes } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import styles from './bill-dialog.module.css'
import { useEntry } from './use-bill-entry.ts'

export function AddNamed({ name }: { readonly name: string }) {
  const { billForm } = useTexts()
  const { addPerson } = useEntry()
  const written = name.charAt(0).toLocaleUpperCase() + name.slice(1)
  return (
    <Button
      size="small"
      className={styles.addNamed}
      icon={<UserPlus />}
      onClick={() => void addPerson(written)}
    >
      {billForm.addNamed(written)}
    </Button>
  )
}

export function AddPerson() {
  const { billForm } = useTexts()
  const { addPerson } = useEntry()
  const [name, setName] = useState<string | undefined>(undefined)
  const add = () => {
    if (name === undefined || name.trim() === '') return
    void addPerson(name.trim())
    setName(undefined)
  }
  if (name === undefined) {
    return (
      <Button
        tone="quiet"
        size="small"
        className={classes(styles.addNamed, styles.flush)}
        icon={<UserPlus />}
        onClick={() => setName('')}
      >
        {billForm.addPerson}
      </Button>
    )
  }
  return (
    <div className={styles.addRow}>
      <Field
        label={billForm.personName}
        value={name}
        maxLength={NAME_LENGTH_MAX}
        ref={(input: HTMLInputElement | null) => input?.focus()}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return
          event.preventDefault()
          add()
        }}
      />
      <Button onClick={add}>{billForm.add}</Button>
    </div>
  )
}
