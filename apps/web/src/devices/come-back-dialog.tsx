/** Coming back by the words: this device becomes the person's again and looks for their spaces. */

import { useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { codeOf } from '../state/error-words.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { deviceErrorWords } from './device-words.ts'
import styles from './devices.module.css'
import { WordsField } from './words-field.tsx'

export function ComeBackDialog() {
  const { store, show } = useApp()
  const texts = useTexts()
  const { devices } = texts
  const [words, setWords] = useState('')
  const [address, setAddress] = useState('')
  const [error, setError] = useState<{ code: string; text: string } | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const recover = async () => {
    setBusy(true)
    try {
      await store.recover(words, address.trim() === '' ? [] : [address.trim()])
      store.notes.setValue('recovery', 'written')
      show({ kind: 'none' })
    } catch (failure) {
      setError({ code: codeOf(failure), text: deviceErrorWords(failure, texts) })
      setBusy(false)
    }
  }
  const isAddress = error?.code === 'ADDRESS_INVALID'
  return (
    <Dialog
      title={devices.recoverTitle}
      lead={devices.recoverLead}
      onClose={() => show({ kind: 'none' })}
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (words.trim() !== '' && !busy) void recover()
        }}
      >
        <WordsField
          value={words}
          error={isAddress ? undefined : error?.text}
          onChange={(value) => {
            setWords(value)
            setError(undefined)
          }}
        />
        <Field
          label={devices.address}
          hint={devices.addressHint}
          error={isAddress ? error?.text : undefined}
          value={address}
          spellCheck={false}
          onChange={(event) => {
            setAddress(event.target.value)
            setError(undefined)
          }}
        />
        <DialogActions>
          <Button tone="primary" type="submit" disabled={words.trim() === '' || busy}>
            {devices.recoverAction}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
