/** How much room files take on this device, and how fast they move. */

import { useEffect, useState } from 'react'
import type { FormEvent } from 'react'
import type { TransferLimits } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { sizeText } from '../format/sizes.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { amountText, readAmount } from './limit-amounts.ts'
import { ProgressBar } from './progress-bar.tsx'
import styles from './share-drawer.module.css'
import { useShareWords } from './use-files.ts'

export function FileSettingsDialog() {
  const { store, show } = useApp()
  const { fileSettings: texts } = useTexts()
  const limits = useSelect((state) => state.files.limits)
  useEffect(() => store.files.openStorage(), [store])
  return (
    <Dialog title={texts.title} lead={texts.hint} onClose={() => show({ kind: 'none' })}>
      <Storage quotaBytes={limits?.quotaBytes ?? 0} />
      {limits !== undefined && <LimitsForm limits={limits} />}
    </Dialog>
  )
}

function Storage({ quotaBytes }: { readonly quotaBytes: number }) {
  const { texts, locale } = useShareWords()
  const { fileSettings: words } = texts
  const storage = useSelect((state) => state.files.storage)
  if (storage === undefined) return null
  const { usedBytes, pinnedBytes, blobs, freeBytes } = storage
  const room = quotaBytes > 0 ? quotaBytes : freeBytes === undefined ? 0 : usedBytes + freeBytes
  const used = words.used(sizeText(usedBytes, locale), blobs)
  return (
    <section className={styles.block}>
      <p>{used}</p>
      {room > 0 && <ProgressBar label={used} part={usedBytes} whole={room} />}
      {pinnedBytes > 0 && (
        <p className={styles.note}>{words.pinned(sizeText(pinnedBytes, locale))}</p>
      )}
      {freeBytes !== undefined && (
        <p className={styles.note}>{words.free(sizeText(freeBytes, locale))}</p>
      )}
    </section>
  )
}

const MEGA = 1e6
const GIGA = 1e9
const FIELDS = [
  { name: 'quotaBytes', unit: GIGA },
  { name: 'downBytesPerSecond', unit: MEGA },
  { name: 'upBytesPerSecond', unit: MEGA },
] as const

type Typed = Readonly<Record<keyof TransferLimits, string>>

function LimitsForm({ limits }: { readonly limits: TransferLimits }) {
  const { store } = useApp()
  const { texts, locale } = useShareWords()
  const { fileSettings: words } = texts
  const [typed, setTyped] = useState<Typed>(() => ({
    quotaBytes: amountText(limits.quotaBytes, GIGA, locale),
    downBytesPerSecond: amountText(limits.downBytesPerSecond, MEGA, locale),
    upBytesPerSecond: amountText(limits.upBytesPerSecond, MEGA, locale),
  }))
  const read = FIELDS.map(({ name, unit }) => [name, readAmount(typed[name], unit)] as const)
  const isReady = read.every(([, value]) => value !== undefined)
  const labels = {
    quotaBytes: [words.quota, words.quotaHint],
    downBytesPerSecond: [words.down, words.rateHint],
    upBytesPerSecond: [words.up, words.rateHint],
  } as const
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isReady) void store.files.setLimits(Object.fromEntries(read))
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      {read.map(([name, value]) => (
        <Field
          key={name}
          label={labels[name][0]}
          hint={labels[name][1]}
          error={value === undefined ? words.notNumber : undefined}
          inputMode="decimal"
          value={typed[name]}
          onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
        />
      ))}
      <DialogActions>
        <Button tone="primary" type="submit" disabled={!isReady}>
          {texts.common.save}
        </Button>
      </DialogActions>
    </form>
  )
}
