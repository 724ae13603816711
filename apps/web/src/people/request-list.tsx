/** Who asks to join. It stands on top, because someone is waiting. */

import type { JoinRequest } from '@hamlet/http/api'
import { useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { useRelative } from '../ui/time.tsx'
import styles from './people.module.css'

const NO_REQUESTS: readonly JoinRequest[] = []

export function RequestList({ space }: { readonly space: string }) {
  const texts = useTexts()
  const requests = useSelect((s) => (s.spaceStates[space] ?? EMPTY_SPACE).requests ?? NO_REQUESTS)
  const waiting = requests.filter((request) => request.state === 'waiting')
  if (waiting.length === 0) return null
  return (
    <section className={styles.requests}>
      <h2>{texts.people.requests}</h2>
      <ul className={styles.list}>
        {waiting.map((request) => (
          <RequestRow key={request.id} space={space} request={request} />
        ))}
      </ul>
      <p className={styles.note}>{texts.people.approveHint}</p>
    </section>
  )
}

interface RequestRowProps {
  readonly space: string
  readonly request: JoinRequest
}

function RequestRow({ space, request }: RequestRowProps) {
  const { store } = useApp()
  const texts = useTexts()
  const relative = useRelative()
  const [busy, setBusy] = useState(false)
  const answer = async (approve: boolean) => {
    setBusy(true)
    await store.answerRequest(space, request.id, approve)
    setBusy(false)
  }
  const name = nameOr(request.name, texts)
  return (
    <li className={styles.request}>
      <Avatar id={request.person} name={request.name} />
      <div className={styles.grow}>
        <strong>{name}</strong>
        <p className={styles.note}>
          {texts.people.wants(texts.roles[request.role])} ·{' '}
          {texts.people.askedAt(relative(request.atMs))}
        </p>
      </div>
      {request.canApprove ? (
        <div className={styles.answers}>
          <Button disabled={busy} onClick={() => void answer(false)}>
            {texts.people.decline}
          </Button>
          <Button tone="primary" disabled={busy} onClick={() => void answer(true)}>
            {texts.people.approve}
          </Button>
        </div>
      ) : (
        <p className={styles.note}>{texts.people.cannotApprove}</p>
      )}
    </li>
  )
}
