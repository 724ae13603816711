/** What happened in a ledger, newest first: who did what, signed. What is about a bill leads to it. */

import type { LedgerActivity, LedgerActivityPage } from '@hamlet/http/api'
import { useEffect, useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Time } from '../ui/time.tsx'
import { activityText } from './activity-text.ts'
import styles from './activity.module.css'
import { useBills, useLedgerWords } from './use-bills.ts'

export function ActivityDrawer({ space }: { readonly space: string }) {
  const { show } = useApp()
  const texts = useTexts()
  const { pages, more } = useActivity(space)
  const lines = pages.flatMap((page) => page.lines)
  return (
    <Dialog
      shape="drawer"
      title={texts.activity.title}
      lead={texts.activity.lead}
      onClose={() => show({ kind: 'none' })}
    >
      {pages.length > 0 && lines.length === 0 && <p>{texts.activity.none}</p>}
      <ol className={styles.lines}>
        {lines.map((line) => (
          <Line key={`${line.entry} ${line.what} ${line.id}`} space={space} line={line} />
        ))}
      </ol>
      {more !== undefined && <Button onClick={more}>{texts.search.more}</Button>}
    </Dialog>
  )
}

interface LineProps {
  readonly space: string
  readonly line: LedgerActivity
}

function Line({ space, line }: LineProps) {
  const { show } = useApp()
  const texts = useTexts()
  const { names } = useLedgerWords(space)
  const bill = line.record === 'expense' ? line.id : undefined
  const text = activityText(line, names.nameOf(line.person), texts)
  return (
    <li>
      <Avatar id={line.person} name={names.plainName(line.person)} size="small" />
      <div>
        {bill === undefined ? (
          <p>{text}</p>
        ) : (
          <button
            type="button"
            className={styles.link}
            onClick={() => show({ kind: 'bill', space, bill })}
          >
            {text}
          </button>
        )}
        <p className={styles.note}>
          <Time atMs={line.atMs} />
        </p>
      </div>
    </li>
  )
}

/** The newest page is asked for again when the ledger changes; older ones go then. */
function useActivity(space: string) {
  const { store } = useApp()
  const [pages, setPages] = useState<readonly LedgerActivityPage[]>([])
  // Balances are loaded anew with every change of the ledger.
  const { balances } = useBills(space)
  useEffect(() => store.bills.ask(space, ['parties', 'balances']), [store, space])
  useEffect(() => {
    let current = true
    store.api.ledgerActivity(space).then(
      (page) => current && setPages([page]),
      (error: unknown) => store.report(error, 'load'),
    )
    return () => {
      current = false
    }
  }, [store, space, balances])
  const before = pages.at(-1)?.before
  if (before === undefined) return { pages, more: undefined }
  const more = () => {
    store.api.ledgerActivity(space, { before }).then(
      (page) => setPages([...pages, page]),
      (error: unknown) => store.report(error, 'load'),
    )
  }
  return { pages, more }
}
