/** The new device: it takes the code of an old one, shows the number, and waits for the yes over there. */

import type { DeviceLink } from '@hamlet/http/api'
import { useEffect, useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { CheckNumber } from './check-number.tsx'
import { deviceErrorWords, linkErrorWords } from './device-words.ts'
import styles from './devices.module.css'

export function UseCodeDialog() {
  const { store, show } = useApp()
  const { devices } = useTexts()
  const link = useSelect((state) => state.link)
  useEffect(() => store.openDevices(), [store])
  const isOurs = link.role === 'new'
  const close = () => {
    if (isOurs) void store.cancelLink()
    // The words of this person were written down on another device, if at all.
    if (link.state === 'done') store.notes.setValue('recovery', 'written')
    show({ kind: 'none' })
  }
  return (
    <Dialog title={devices.useTitle} onClose={close}>
      {isOurs && link.state !== 'none' && link.state !== 'failed' ? (
        <Step link={link} onDone={close} />
      ) : (
        <CodeForm failure={isOurs ? link.error?.code : undefined} />
      )}
    </Dialog>
  )
}

function CodeForm({ failure }: { readonly failure: string | undefined }) {
  const { store } = useApp()
  const texts = useTexts()
  const { devices } = texts
  const [code, setCode] = useState('')
  const [error, setError] = useState<string | undefined>(undefined)
  const ended =
    failure === undefined ? undefined : (linkErrorWords(failure, texts) ?? devices.ended)
  const use = async () => {
    try {
      await store.changeLink((api) => api.useLinkCode(code.trim()))
    } catch (problem) {
      setError(deviceErrorWords(problem, texts))
    }
  }
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (code.trim() !== '') void use()
      }}
    >
      <Field
        label={devices.useLabel}
        hint={devices.useLead}
        error={error ?? ended}
        value={code}
        spellCheck={false}
        onChange={(event) => {
          setCode(event.target.value)
          setError(undefined)
        }}
      />
      <DialogActions>
        <Button tone="primary" type="submit" disabled={code.trim() === ''}>
          {devices.useAction}
        </Button>
      </DialogActions>
    </form>
  )
}

function Step({ link, onDone }: { readonly link: DeviceLink; readonly onDone: () => void }) {
  const texts = useTexts()
  const { devices, common } = texts
  if (link.state === 'comparing') {
    return (
      <>
        {link.name !== undefined && <p>{devices.compareNewFor(link.name)}</p>}
        <CheckNumber number={link.number ?? ''} />
        <p role="status">{devices.compareNew}</p>
      </>
    )
  }
  if (link.state === 'done') {
    return (
      <>
        <p role="status">{devices.doneNew(link.name ?? common.unnamed)}</p>
        <DialogActions>
          <Button tone="primary" onClick={onDone}>
            {common.done}
          </Button>
        </DialogActions>
      </>
    )
  }
  return (
    <div role="status">
      <p>{link.state === 'finishing' ? devices.finishing : devices.connecting}</p>
      <p className={styles.note}>{devices.connectingHint}</p>
    </div>
  )
}
