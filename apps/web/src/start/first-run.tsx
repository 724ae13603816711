/** The first two steps: your name, then a space of your own or an invitation. */

import { ArrowRight, Home, KeyRound, MonitorSmartphone, Ticket } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { NAME_LENGTH_MAX } from '../chat/limits.ts'
import { Searching } from '../devices/searching.tsx'
import { Emblem } from './emblem.tsx'
import styles from './start.module.css'

export function FirstRun({ behindJoin }: { readonly behindJoin: boolean }) {
  const name = useSelect((state) => state.status?.name ?? '')
  const searching = useSelect((state) => state.recovery.state === 'searching')
  return (
    <main className={styles.page} aria-hidden={behindJoin}>
      <div className={styles.card}>
        <span className={styles.emblem}>
          <Emblem />
        </span>
        {searching ? <Searching /> : name === '' ? <AskName /> : <Begin name={name} />}
      </div>
    </main>
  )
}

function AskName() {
  const { store } = useApp()
  const { start } = useTexts()
  const [name, setName] = useState('')
  const ready = name.trim() !== ''
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) void store.setName(name.trim())
      }}
    >
      <h1>{start.title}</h1>
      <p>{start.lead}</p>
      <Field
        label={start.nameLabel}
        hint={start.nameHint}
        placeholder={start.namePlaceholder}
        value={name}
        maxLength={NAME_LENGTH_MAX}
        autoComplete="name"
        autoFocus
        onChange={(event) => setName(event.target.value)}
      />
      <Button tone="primary" type="submit" disabled={!ready}>
        {start.continue}
        <ArrowRight />
      </Button>
      <Returning />
    </form>
  )
}

function Begin({ name }: { readonly name: string }) {
  const { show } = useApp()
  const { start } = useTexts()
  return (
    <div className={styles.form}>
      <h1>{start.hello(name)}</h1>
      <p>{start.next}</p>
      <StartChoices
        onStart={() => show({ kind: 'new-space' })}
        onJoin={() => show({ kind: 'join', link: '' })}
      />
      <Returning />
    </div>
  )
}

/** For whoever is not new to Hamlet, only to this device. */
function Returning() {
  const { show } = useApp()
  const { start } = useTexts()
  return (
    <div className={styles.returning}>
      <Button tone="quiet" icon={<MonitorSmartphone />} onClick={() => show({ kind: 'use-code' })}>
        {start.otherDevice}
      </Button>
      <Button tone="quiet" icon={<KeyRound />} onClick={() => show({ kind: 'come-back' })}>
        {start.haveWords}
      </Button>
    </div>
  )
}

interface StartChoicesProps {
  readonly onStart: () => void
  readonly onJoin: () => void
}

export function StartChoices({ onStart, onJoin }: StartChoicesProps) {
  const { start } = useTexts()
  return (
    <div className={styles.choices}>
      <StartChoice
        icon={<Home />}
        title={start.startSpace}
        hint={start.startSpaceHint}
        onClick={onStart}
      />
      <StartChoice
        icon={<Ticket />}
        title={start.haveInvite}
        hint={start.haveInviteHint}
        onClick={onJoin}
      />
    </div>
  )
}

interface StartChoiceProps {
  readonly icon: ReactNode
  readonly title: string
  readonly hint: string
  readonly onClick: () => void
}

function StartChoice({ icon, title, hint, onClick }: StartChoiceProps) {
  return (
    <button type="button" className={styles.choice} onClick={onClick}>
      <span className={styles.choiceIcon}>{icon}</span>
      <span>
        <strong>{title}</strong>
        <span>{hint}</span>
      </span>
      <ArrowRight className={styles.arrow} />
    </button>
  )
}
