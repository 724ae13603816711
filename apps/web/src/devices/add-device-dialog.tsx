/** Adding a device, on the one that is there already: the code, the number, and the person's yes. */

import type { DeviceLink } from '@hamlet/http/api'
import { Check, Copy } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { qrPath } from '../people/qr-path.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { useRelative } from '../ui/time.tsx'
import { CheckNumber } from './check-number.tsx'
import { deviceErrorWords, linkErrorWords } from './device-words.ts'
import styles from './devices.module.css'
import { WordsField } from './words-field.tsx'

export function AddDeviceDialog() {
  const { store, show } = useApp()
  const texts = useTexts()
  const { devices } = texts
  const link = useSelect((state) => state.link)
  const [error, setError] = useState<string | undefined>(undefined)
  const begin = useMemo(
    () => () => {
      setError(undefined)
      store
        .changeLink((api) => api.startLink())
        .catch((failure: unknown) => setError(deviceErrorWords(failure, texts)))
    },
    [store, texts],
  )
  useEffect(() => {
    if (store.get().link.state !== 'comparing') begin()
  }, [store, begin])
  const close = () => {
    void store.cancelLink()
    show({ kind: 'devices' })
  }
  const title = link.state === 'comparing' ? devices.compareTitle : devices.addTitle
  return (
    <Dialog title={title} onClose={close}>
      {error === undefined ? (
        <Step link={link} onAgain={begin} onDone={close} />
      ) : (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
    </Dialog>
  )
}

interface StepProps {
  readonly link: DeviceLink
  readonly onAgain: () => void
  readonly onDone: () => void
}

function Step({ link, onAgain, onDone }: StepProps) {
  const texts = useTexts()
  const { devices, common } = texts
  const name = link.name ?? devices.unnamed
  switch (link.state) {
    case 'waiting':
      return <ShowCode code={link.code ?? ''} expiresAtMs={link.expiresAtMs ?? 0} />
    case 'comparing':
      return <Compare link={link} name={name} onNo={onDone} />
    case 'done':
      return (
        <>
          <p role="status">{devices.doneOld(name)}</p>
          <DialogActions>
            <Button tone="primary" onClick={onDone}>
              {common.done}
            </Button>
          </DialogActions>
        </>
      )
    case 'failed':
      return (
        <>
          <p className={styles.error} role="alert">
            {linkErrorWords(link.error?.code ?? '', texts) ?? devices.ended}
          </p>
          <DialogActions>
            <Button tone="primary" onClick={onAgain}>
              {devices.again}
            </Button>
          </DialogActions>
        </>
      )
    case 'none':
    case 'connecting':
    case 'finishing':
      return <p role="status">{devices.finishing}</p>
  }
}

function ShowCode({ code, expiresAtMs }: { readonly code: string; readonly expiresAtMs: number }) {
  const { devices } = useTexts()
  const relative = useRelative()
  const { size, path } = useMemo(() => qrPath(code), [code])
  return (
    <div className={styles.code}>
      <p>{devices.addLead}</p>
      <div className={styles.qr}>
        <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={devices.qr}>
          <path d={path} fill="#000000" shapeRendering="crispEdges" />
        </svg>
      </div>
      <div className={styles.copy}>
        <input
          readOnly
          value={code}
          aria-label={devices.code}
          onFocus={(event) => event.target.select()}
        />
        <CopyCode code={code} />
      </div>
      <p className={styles.note}>{devices.codeSecret(relative(expiresAtMs))}</p>
    </div>
  )
}

function CopyCode({ code }: { readonly code: string }) {
  const { common, devices } = useTexts()
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(code)
    setCopied(true)
  }
  return (
    <Button tone="primary" icon={copied ? <Check /> : <Copy />} onClick={() => void copy()}>
      <span aria-live="polite">{copied ? common.copied : devices.copyCode}</span>
    </Button>
  )
}

interface CompareProps {
  readonly link: DeviceLink
  readonly name: string
  readonly onNo: () => void
}

function Compare({ link, name, onNo }: CompareProps) {
  const { store } = useApp()
  const texts = useTexts()
  const { devices } = texts
  const [words, setWords] = useState('')
  const [error, setError] = useState<string | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const needsWords = link.wordsNeeded === true
  const confirm = async () => {
    setBusy(true)
    try {
      await store.changeLink((api) => api.confirmLink(needsWords ? words : undefined))
    } catch (failure) {
      setError(deviceErrorWords(failure, texts))
      setBusy(false)
    }
  }
  return (
    <>
      <p>{devices.compareOld(name)}</p>
      <CheckNumber number={link.number ?? ''} />
      {needsWords && (
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
      {!needsWords && error !== undefined && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      <DialogActions>
        <Button onClick={onNo}>{devices.compareNo}</Button>
        <Button
          tone="primary"
          disabled={busy || (needsWords && words.trim() === '')}
          onClick={() => void confirm()}
        >
          {devices.compareYes}
        </Button>
      </DialogActions>
    </>
  )
}
