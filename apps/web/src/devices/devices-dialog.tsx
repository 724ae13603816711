/** Your devices: which there are, what this one is called, adding one and removing one. */

import type { OwnDevice } from '@hamlet/http/api'
import { Laptop, Plus } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { NAME_LENGTH_MAX } from '../chat/limits.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { useRelative } from '../ui/time.tsx'
import styles from './devices.module.css'
import { RemoveDevice, ResetDevice } from './device-decisions.tsx'

export function DevicesDialog() {
  const { store, show } = useApp()
  const { devices: texts } = useTexts()
  const devices = useSelect((state) => state.devices)
  const [removing, setRemoving] = useState<OwnDevice | undefined>(undefined)
  const [resetting, setResetting] = useState<OwnDevice | undefined>(undefined)
  useEffect(() => store.openDevices(), [store])
  const close = () => show({ kind: 'none' })
  if (removing !== undefined) {
    return <RemoveDevice device={removing} onDone={() => setRemoving(undefined)} />
  }
  if (resetting !== undefined) {
    return <ResetDevice device={resetting} onDone={() => setResetting(undefined)} />
  }
  return (
    <Dialog title={texts.title} lead={texts.lead} onClose={close}>
      <DeviceNameForm />
      <ul className={styles.list}>
        {(devices ?? []).map((device) => (
          <DeviceRow
            key={device.id}
            device={device}
            onRemove={() => setRemoving(device)}
            onReset={() => setResetting(device)}
          />
        ))}
      </ul>
      <DialogActions>
        <Button tone="primary" icon={<Plus />} onClick={() => show({ kind: 'add-device' })}>
          {texts.add}
        </Button>
      </DialogActions>
    </Dialog>
  )
}

interface DeviceRowProps {
  readonly device: OwnDevice
  readonly onRemove: () => void
  readonly onReset: () => void
}

function DeviceRow({ device, onRemove, onReset }: DeviceRowProps) {
  const { devices: texts } = useTexts()
  const relative = useRelative()
  const { name, thisDevice, online, lastSeenMs, spaces, halted } = device
  const seen = lastSeenMs === undefined ? texts.notSeen : texts.seen(relative(lastSeenMs))
  const state = thisDevice ? texts.this : online ? texts.here : seen
  const shown = name === '' ? texts.unnamed : name
  return (
    <li className={styles.device}>
      <Laptop aria-hidden />
      <div>
        <strong>{shown}</strong>
        <p className={styles.note}>
          {state} · {texts.spaces(spaces)}
        </p>
        {halted > 0 && (
          <p className={styles.error}>
            {thisDevice ? texts.haltedHere(halted) : texts.halted(halted)}
          </p>
        )}
      </div>
      {!thisDevice && halted > 0 && (
        <Button size="small" onClick={onReset} aria-label={`${texts.reset}: ${shown}`}>
          {texts.reset}
        </Button>
      )}
      {!thisDevice && (
        <Button size="small" onClick={onRemove} aria-label={`${texts.remove}: ${shown}`}>
          {texts.remove}
        </Button>
      )}
    </li>
  )
}

function DeviceNameForm() {
  const { store } = useApp()
  const texts = useTexts()
  const known = useSelect((state) => state.status?.deviceName ?? '')
  const [name, setName] = useState(known)
  const wanted = name.trim()
  const isNew = wanted !== '' && wanted !== known
  return (
    <form
      className={styles.name}
      onSubmit={(event) => {
        event.preventDefault()
        if (isNew) void store.setDeviceName(wanted)
      }}
    >
      <Field
        label={texts.devices.name}
        value={name}
        maxLength={NAME_LENGTH_MAX}
        onChange={(event) => setName(event.target.value)}
      />
      <Button type="submit" disabled={!isNew}>
        {texts.common.save}
      </Button>
    </form>
  )
}
