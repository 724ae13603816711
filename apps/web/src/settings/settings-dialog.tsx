/** Settings: your name, the language, the recovery words, and what this device is. */

import { useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { NAME_LENGTH_MAX } from '../chat/limits.ts'
import { LANGUAGES } from '../i18n/languages.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, SelectField } from '../ui/field.tsx'
import styles from './settings.module.css'

export function SettingsDialog() {
  const { show, chosenLanguage, chooseLanguage } = useApp()
  const { settings, devices, fileSettings, trackers } = useTexts()
  return (
    <Dialog title={settings.title} onClose={() => show({ kind: 'none' })}>
      <NameForm />
      <SelectField
        label={settings.language}
        value={chosenLanguage}
        onChange={chooseLanguage}
        options={[
          { value: '', label: settings.languageAuto },
          ...LANGUAGES.map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      <div className={styles.row}>
        <div>
          <h3>{settings.theme}</h3>
          <p className={styles.note}>{settings.themeHint}</p>
        </div>
      </div>
      <div className={styles.row}>
        <div>
          <h3>{devices.title}</h3>
          <p className={styles.note}>{devices.hint}</p>
        </div>
        <Button onClick={() => show({ kind: 'devices' })}>{devices.open}</Button>
      </div>
      <div className={styles.row}>
        <div>
          <h3>{fileSettings.title}</h3>
          <p className={styles.note}>{fileSettings.hint}</p>
        </div>
        <Button onClick={() => show({ kind: 'file-settings' })}>{fileSettings.open}</Button>
      </div>
      <div className={styles.row}>
        <div>
          <h3>{trackers.title}</h3>
          <p className={styles.note}>{trackers.brief}</p>
        </div>
        <Button onClick={() => show({ kind: 'trackers' })}>{trackers.open}</Button>
      </div>
      <div className={styles.row}>
        <div>
          <h3>{settings.recovery}</h3>
          <p className={styles.note}>{settings.recoveryHint}</p>
        </div>
        <RecoveryButton />
      </div>
      <Device />
    </Dialog>
  )
}

function RecoveryButton() {
  const { show } = useApp()
  const { recovery } = useTexts()
  return <Button onClick={() => show({ kind: 'recovery' })}>{recovery.show}</Button>
}

function NameForm() {
  const { store } = useApp()
  const texts = useTexts()
  const known = useSelect((state) => state.status?.name ?? '')
  const [name, setName] = useState(known)
  const [saved, setSaved] = useState(false)
  const wanted = name.trim()
  const save = async () => {
    if (wanted === '' || wanted === known) return
    setSaved(await store.setName(wanted))
  }
  return (
    <form
      className={styles.name}
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Field
        label={texts.settings.name}
        value={name}
        maxLength={NAME_LENGTH_MAX}
        hint={saved && wanted === known ? texts.settings.nameSaved : undefined}
        onChange={(event) => setName(event.target.value)}
      />
      <Button type="submit" disabled={wanted === '' || wanted === known}>
        {texts.common.save}
      </Button>
    </form>
  )
}

function Device() {
  const { settings } = useTexts()
  const status = useSelect((state) => state.status)
  if (status === undefined) return null
  return (
    <section className={styles.device}>
      <h3>{settings.device}</h3>
      <p>{status.deviceName}</p>
      {status.warnings.map((warning) => (
        <p key={warning.code} className={styles.warning}>
          {warning.message}
        </p>
      ))}
      <p className={styles.note}>
        {status.keysEncrypted ? settings.keysEncrypted : settings.keysPlain}
      </p>
      <p className={styles.note}>{settings.version(status.version)}</p>
      <details className={styles.note}>
        <summary>{settings.person}</summary>
        <code>{status.person}</code>
      </details>
    </section>
  )
}
