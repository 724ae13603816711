/** A line that adds something by its name. */

import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { NAME_LENGTH_MAX } from '../../chat/limits.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import styles from './ledger.module.css'

interface AddFormProps {
  readonly label: string
  readonly hint?: string
  readonly action: string
  /** Whether it worked: the field is then empty again. */
  readonly onAdd: (name: string) => Promise<boolean>
  /** What else is asked. */
  readonly children?: ReactNode
  readonly ready?: boolean
}

export function AddForm({ label, hint, action, onAdd, children, ready = true }: AddFormProps) {
  const [name, setName] = useState('')
  const submit = async () => {
    if (await onAdd(name.trim())) setName('')
  }
  return (
    <form
      className={styles.add}
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '' && ready) void submit()
      }}
    >
      <Field
        label={label}
        hint={hint}
        value={name}
        maxLength={NAME_LENGTH_MAX}
        onChange={(event) => setName(event.target.value)}
      />
      {children}
      <div>
        <Button type="submit" icon={<Plus />} disabled={name.trim() === '' || !ready}>
          {action}
        </Button>
      </div>
    </form>
  )
}
