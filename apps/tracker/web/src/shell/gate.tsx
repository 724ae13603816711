/** The way in: a name and a password. What was wrong is said beside the button, and what was typed stays. */

import { Button, Field } from '@hamlet/web/ui'
import { useState } from 'react'
import type { FormEvent } from 'react'
import { LANGUAGES } from '../i18n/languages.ts'
import type { Texts } from '../i18n/en.ts'
import { usePage } from '../page-context.tsx'
import { BoardError } from '../state/board-client.ts'
import { Emblem } from './emblem.tsx'
import styles from './gate.module.css'

interface GateProps {
  readonly hasEnded: boolean
  readonly onLoggedIn: () => void
}

export function Gate({ hasEnded, onLoggedIn }: GateProps) {
  const { texts, client, language, chooseLanguage } = usePage()
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const [isBusy, setBusy] = useState(false)
  const logIn = async (form: FormData) => {
    setBusy(true)
    try {
      await client.logIn(textIn(form, 'name'), textIn(form, 'password'))
      onLoggedIn()
    } catch (error) {
      setBusy(false)
      setProblem(problemOf(error, texts))
    }
  }
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    void logIn(new FormData(event.currentTarget))
  }
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <span className={styles.emblem}>
          <Emblem />
        </span>
        <h1>{texts.gate.title}</h1>
        <p className={styles.muted}>{hasEnded ? texts.gate.ended : texts.gate.lead}</p>
        <form className={styles.form} onSubmit={onSubmit}>
          <Field label={texts.gate.name} name="name" autoComplete="username" required autoFocus />
          <Field
            label={texts.gate.password}
            name="password"
            type="password"
            autoComplete="current-password"
            required
            error={problem}
          />
          <Button type="submit" tone="primary" disabled={isBusy}>
            {isBusy ? texts.gate.loggingIn : texts.gate.logIn}
          </Button>
        </form>
        <p className={styles.muted}>
          {texts.gate.noAccount} <code>npm run tracker -- account add NAME</code>
        </p>
        <ul className={styles.languages} aria-label={texts.app.language}>
          {LANGUAGES.map(({ id, name }) => (
            <li key={id}>
              <Button
                tone="quiet"
                size="small"
                aria-pressed={id === language}
                onClick={() => chooseLanguage(id)}
              >
                {name}
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </main>
  )
}

function textIn(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

function problemOf(error: unknown, { gate }: Texts): string {
  const status = error instanceof BoardError ? error.status : 0
  if (status === 429) return gate.tooMany
  return status === 401 || status === 400 ? gate.refused : gate.unreachable
}
