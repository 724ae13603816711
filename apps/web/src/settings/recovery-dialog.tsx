/** The 24 words. They are fetched only when the person asks to see them, and leave the page with the dialog. */

import { useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import styles from './settings.module.css'

export function RecoveryDialog() {
  const { store, show } = useApp()
  const { recovery } = useTexts()
  const [words, setWords] = useState<readonly string[] | 'hidden' | 'failed'>('hidden')
  const reveal = () => {
    store.api.recoveryWords().then(
      (answer) => setWords(answer.words),
      () => setWords('failed'),
    )
  }
  const done = () => {
    store.notes.setValue('recovery', 'written')
    show({ kind: 'none' })
  }
  return (
    <Dialog
      shape="wide"
      title={recovery.title}
      lead={recovery.lead}
      onClose={() => show({ kind: 'none' })}
    >
      <p>{recovery.how}</p>
      {words.length === 0 ? (
        <p className={styles.curtain}>{recovery.elsewhere}</p>
      ) : typeof words === 'string' ? (
        <div className={styles.curtain}>
          <p role={words === 'failed' ? 'alert' : undefined}>
            {words === 'failed' ? recovery.failed : recovery.hidden}
          </p>
          <Button tone="primary" onClick={reveal}>
            {recovery.reveal}
          </Button>
        </div>
      ) : (
        <>
          <ol className={styles.words}>
            {words.map((word, index) => (
              <li key={`${index} ${word}`}>
                <span>{index + 1}</span>
                <strong>{word}</strong>
              </li>
            ))}
          </ol>
          <DialogActions>
            <Button tone="primary" onClick={done}>
              {recovery.done}
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  )
}
