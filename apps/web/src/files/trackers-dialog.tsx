/** The trackers of this device: whether each of them lets it in, when it answered last, and which are used. */

import { X } from 'lucide-react'
import { useCallback, useState } from 'react'
import type { FormEvent } from 'react'
import type { KnownTracker } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import { codeOf } from '../state/error-words.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { useRelative } from '../ui/time.tsx'
import styles from './standing.module.css'
import { addressProblem, trackerHost, trackerState } from './tracker-words.ts'
import { usePolled } from './use-polled.ts'

export function TrackersDialog() {
  const { store, show } = useApp()
  const { trackers: texts, common } = useTexts()
  const load = useCallback(() => store.api.trackers(), [store])
  const { value: trackers, hasFailed, reload } = usePolled(load)
  const [removed, setRemoved] = useState<string | undefined>(undefined)
  const add = async (url: string) => {
    await store.api.addTracker(url)
    setRemoved(undefined)
    await reload()
  }
  const remove = async (url: string) => {
    try {
      await store.api.removeTracker(url)
      setRemoved(url)
    } catch (error) {
      store.report(error, 'file')
    }
    await reload()
  }
  const undo = (url: string) => void add(url).catch((error: unknown) => store.report(error, 'file'))
  return (
    <Dialog title={texts.title} lead={texts.hint} onClose={() => show({ kind: 'none' })}>
      {hasFailed && trackers === undefined && <p role="alert">{texts.failed}</p>}
      {trackers?.length === 0 && <p className={styles.note}>{texts.none}</p>}
      {trackers !== undefined && trackers.length > 0 && (
        <ul className={styles.trackers} aria-label={texts.title}>
          {trackers.map((tracker) => (
            <TrackerRow key={tracker.url} tracker={tracker} onRemove={remove} />
          ))}
        </ul>
      )}
      {/* Within the dialog: what is outside of it can be neither clicked nor reached by keyboard. */}
      <div role="status" className={styles.said}>
        {removed !== undefined && (
          <p className={styles.removed}>
            {texts.removed(trackerHost(removed))}
            <Button size="small" tone="quiet" onClick={() => undo(removed)}>
              {common.undo}
            </Button>
          </p>
        )}
      </div>
      <AddForm onAdd={add} />
    </Dialog>
  )
}

interface TrackerRowProps {
  readonly tracker: KnownTracker
  readonly onRemove: (url: string) => Promise<void>
}

function TrackerRow({ tracker, onRemove }: TrackerRowProps) {
  const texts = useTexts()
  const relative = useRelative()
  const { url, state, reason, announced } = tracker
  const host = trackerHost(url)
  return (
    <li data-state={state}>
      <div className={styles.grow}>
        <strong title={url}>{host}</strong>
        <p className={styles.state} title={reason}>
          {trackerState(tracker, texts, relative)}
        </p>
        {announced > 0 && <p className={styles.note}>{texts.trackers.announced(announced)}</p>}
      </div>
      <IconButton
        label={texts.trackers.remove(host)}
        side="left"
        onClick={() => void onRemove(url)}
      >
        <X />
      </IconButton>
    </li>
  )
}

function AddForm({ onAdd }: { readonly onAdd: (url: string) => Promise<void> }) {
  const { store } = useApp()
  const texts = useTexts()
  const { trackers: words } = texts
  const [url, setUrl] = useState('')
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const [isAsking, setIsAsking] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setIsAsking(true)
    try {
      await onAdd(url.trim())
      setUrl('')
      setProblem(undefined)
    } catch (error) {
      const known = addressProblem(codeOf(error), texts)
      if (known === undefined) store.report(error, 'file')
      setProblem(known)
    }
    setIsAsking(false)
  }
  return (
    <form className={styles.add} onSubmit={(event) => void submit(event)}>
      <Field
        label={words.address}
        hint={words.addressHint}
        error={problem}
        inputMode="url"
        spellCheck={false}
        placeholder="https://"
        value={url}
        onChange={(event) => setUrl(event.target.value)}
      />
      <Button type="submit" disabled={url.trim() === '' || isAsking}>
        {words.add}
      </Button>
    </form>
  )
}
