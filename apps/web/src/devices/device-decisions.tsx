/**
 * Decisions about another device, removing it or letting it write again: what that does and does not, and the words when
 * this device may not decide it alone.
 */

import type { OwnDevice } from '@hamlet/http/api'
import { useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { codeOf } from '../state/error-words.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { deviceErrorWords } from './device-words.ts'
import styles from './devices.module.css'
import { WordsField } from './words-field.tsx'

interface DecisionProps {
  readonly device: OwnDevice
  readonly onDone: () => void
}

export function RemoveDevice({ device, onDone }: DecisionProps) {
  const { store } = useApp()
  const { devices } = useTexts()
  const name = device.name === '' ? devices.unnamed : device.name
  return (
    <Decision
      title={devices.removeTitle(name)}
      does={devices.removeDoes}
      cannot={devices.removeCannot}
      yes={devices.removeYes}
      act={async (words) => {
        const { failed } = await store.revokeDevice(device.id, words)
        return { failed, done: devices.removed(name), partly: devices.removedPartly(failed) }
      }}
      onDone={onDone}
    />
  )
}

export function ResetDevice({ device, onDone }: DecisionProps) {
  const { store } = useApp()
  const { devices } = useTexts()
  const name = device.name === '' ? devices.unnamed : device.name
  return (
    <Decision
      title={devices.resetTitle(name)}
      does={devices.resetDoes}
      cannot={devices.resetCannot}
      yes={devices.resetYes}
      act={async (words) => {
        const { failed } = await store.resetDevice(device.id, words)
        return { failed, done: devices.wasReset(name), partly: devices.resetPartly(failed) }
      }}
      onDone={onDone}
    />
  )
}

interface Outcome {
  readonly failed: number
  readonly done: string
  readonly partly: string
}

interface DecisionParts {
  readonly title: string
  readonly does: string
  readonly cannot: string
  readonly yes: string
  readonly act: (words: string | undefined) => Promise<Outcome>
  readonly onDone: () => void
}

function Decision({ title, does, cannot, yes, act, onDone }: DecisionParts) {
  const { store } = useApp()
  const texts = useTexts()
  const { devices, common } = texts
  const [words, setWords] = useState<string | undefined>(undefined)
  const [error, setError] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const decide = async () => {
    setBusy(true)
    try {
      const { failed, done, partly } = await act(words)
      const isDone = failed === 0
      store.notices.show({ tone: isDone ? 'plain' : 'danger', text: isDone ? done : partly })
      onDone()
    } catch (failure) {
      if (codeOf(failure) === 'WORDS_NEEDED' && words === undefined) setWords('')
      else setError(deviceErrorWords(failure, texts))
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} onClose={onDone}>
      <p>{does}</p>
      <p className={styles.note}>{cannot}</p>
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
        <Button tone="danger" disabled={busy || words === ''} onClick={() => void decide()}>
          {yes}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
