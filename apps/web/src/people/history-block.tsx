/** What happened to the members of a space, newest first: who did what to whom. */

import type { MembershipEvent } from '@hamlet/http/api'
import { useState } from 'react'
import { useSelect, useTexts } from '../app-context.tsx'
import { eventWords } from '../format/member-events.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Button } from '../ui/button.tsx'
import { Time } from '../ui/time.tsx'
import styles from './people.module.css'

const SHOWN = 6

export function HistoryBlock({ space }: { readonly space: string }) {
  const texts = useTexts()
  const [all, setAll] = useState(false)
  const log = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).log)
  if (log === undefined || log.length === 0) return null
  const newest = log.toReversed()
  const shown = all ? newest : newest.slice(0, SHOWN)
  return (
    <section className={styles.block}>
      <h2>{texts.history.title}</h2>
      <ol className={styles.history}>
        {shown.map((event) => (
          <HistoryItem key={event.id} event={event} />
        ))}
      </ol>
      {shown.length < newest.length && (
        <div>
          <Button size="small" tone="quiet" onClick={() => setAll(true)}>
            {texts.history.showAll(newest.length)}
          </Button>
        </div>
      )}
    </section>
  )
}

function HistoryItem({ event }: { readonly event: MembershipEvent }) {
  const texts = useTexts()
  return (
    <li data-void={!event.counts}>
      <Time atMs={event.atMs} className={styles.historyTime} />
      <span>
        {eventWords(event, texts)}
        {!event.counts && <em> {texts.history.void}</em>}
      </span>
    </li>
  )
}
