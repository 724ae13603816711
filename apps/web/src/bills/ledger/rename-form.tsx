/** A new name in place of the old one. */

import { useState } from 'react'
import { useTexts } from '../../app-context.tsx'
import { NAME_LENGTH_MAX } from '../../chat/limits.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import styles from './ledger.module.css'

interface RenameFormProps {
  readonly name: string
  readonly onName: (name: string) => Promise<boolean>
  readonly onClose: () => void
}

export function RenameForm({ name, onName, onClose }: RenameFormProps) {
  const { ledger: texts, common } = useTexts()
  const [text, setText] = useState(name)
  const submit = async () => {
    if (text.trim() === name || (await onName(text.trim()))) onClose()
  }
  return (
    <form
      className={styles.rename}
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') void submit()
      }}
    >
      <Field
        label={texts.newName}
        value={text}
        maxLength={NAME_LENGTH_MAX}
        autoFocus
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" disabled={text.trim() === ''}>
        {texts.save}
      </Button>
      <Button tone="quiet" onClick={onClose}>
        {common.cancel}
      </Button>
    </form>
  )
}
