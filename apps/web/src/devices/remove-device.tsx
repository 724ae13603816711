/** Removing a device: what it does, what it cannot undo, and the words when this device is the younger one. */

import type { OwnDevice } from '@hamlet/http/api'
import { useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { codeOf } from '../state/error-words.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { deviceErrorWords } from './device-words.ts'
import styles from './devices.module.css'
import { WordsField } from './words-field.tsx'

interface RemoveDeviceProps {
  readonly device: OwnDevice
  readonly onDone: () => void
}

export function RemoveDevice({ device, onDone }: RemoveDeviceProps) {
  const { store } = useApp()
  const texts = useTexts()
  const { devices, common } = texts
  const [words, setWords] = useState<string | undefined>(undefined)
  const [error, setError] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const name = device.name === '' ? devices.unnamed : device.name
  const remove = async () => {
    setBusy(true)
    try {
      const { failed } = await store.revokeDevice(device.id, words)
      const text = failed === 0 ? devices.removed(name) : devices.removedPartly(failed)
      store.notices.show({ tone: failed === 0 ? 'plain' : 'danger', text })
      onDone()
    } catch (failure) {
      if (codeOf(failure) === 'WORDS_NEEDED' && words === undefined) setWords('')
      else setError(deviceErrorWords(failure, texts))
      setBusy(false)
    }
  }
  return (
    <Dialog title={devices.removeTitle(name)} onClose={onDone}>
      <p>{devices.removeDoes}</p>
      <p className={styles.note}>{devices.removeCannot}</p>
      {words !== undefined && (
        <>
          <p>{devices.wordsNeeded}</p>
          <WordsField
            value={words}
            error={error}
            onChange={(value) => {
              setWords(value)
              setError(undefined)
            }}
          />
        </>
      )}
      {words === undefined && error !== undefined && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      <DialogActions>
        <Button onClick={onDone}>{common.cancel}</Button>
        <Button tone="danger" disabled={busy || words === ''} onClick={() => void remove()}>
          {devices.removeYes}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
