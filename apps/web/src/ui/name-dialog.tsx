/** A dialog that asks for one name and makes something by it. */

import { useState } from 'react'
import type { ReactNode } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { NAME_LENGTH_MAX } from '../chat/limits.ts'
import { Button } from './button.tsx'
import { Dialog, DialogActions } from './dialog.tsx'
import { Field } from './field.tsx'

interface NameDialogProps {
  readonly title: string
  readonly lead?: string
  readonly label: string
  readonly placeholder: string
  readonly action: string
  readonly onName: (name: string) => Promise<void>
  /** What else is asked, below the name. */
  readonly children?: ReactNode
}

export function NameDialog(props: NameDialogProps) {
  const { show } = useApp()
  const { common } = useTexts()
  const [name, setName] = useState('')
  const [busy, setBusy] = useState(false)
  const close = () => show({ kind: 'none' })
  const ready = name.trim() !== '' && !busy
  const submit = async () => {
    setBusy(true)
    await props.onName(name.trim())
    setBusy(false)
  }
  return (
    <Dialog
      title={props.title}
      onClose={close}
      {...(props.lead === undefined ? {} : { lead: props.lead })}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) void submit()
        }}
      >
        <Field
          label={props.label}
          placeholder={props.placeholder}
          value={name}
          maxLength={NAME_LENGTH_MAX}
          onChange={(event) => setName(event.target.value)}
        />
        <br />
        {props.children !== undefined && (
          <>
            {props.children}
            <br />
          </>
        )}
        <DialogActions>
          <Button onClick={close}>{common.cancel}</Button>
          <Button tone="primary" type="submit" disabled={!ready}>
            {props.action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
