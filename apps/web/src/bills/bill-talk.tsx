/** What people said about a bill. */

import { useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { Time } from '../ui/time.tsx'
import styles from './bill-drawer.module.css'
import type { DetailProps } from './detail-props.ts'
import { useMayBill } from './may-bill.ts'
import { useLedgerWords } from './use-bills.ts'

const COMMENT_LENGTH_MAX = 1000

export function BillTalk({ space, detail }: DetailProps) {
  const { store } = useApp()
  const { bill: texts } = useTexts()
  const { names } = useLedgerWords(space)
  const mayBill = useMayBill(space)
  if (detail.thread.length === 0 && !mayBill) return null
  return (
    <section className={styles.block}>
      <h3>{texts.comments}</h3>
      <ul className={styles.thread}>
        {detail.thread.map(({ id, person, atMs, text }) => (
          <li key={id}>
            <Avatar id={person} name={names.plainName(person)} size="small" />
            <div>
              <p>
                <strong>{names.nameOf(person)}</strong> <Time atMs={atMs} className={styles.note} />
              </p>
              <p className={styles.comment}>{text}</p>
              {mayBill && names.isSelf(person) && (
                <button
                  type="button"
                  className={styles.takeBack}
                  onClick={() => void store.bills.uncomment(space, detail.id, id)}
                >
                  {texts.takeBack}
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
      {mayBill && <CommentForm space={space} detail={detail} />}
    </section>
  )
}

/** The text stays until the peer has it. */
function CommentForm({ space, detail }: DetailProps) {
  const { store } = useApp()
  const { bill: texts } = useTexts()
  const [text, setText] = useState('')
  const submit = async () => {
    const written = text.trim()
    if (written !== '' && (await store.bills.comment(space, detail.id, written))) setText('')
  }
  return (
    <form
      className={styles.commentForm}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <textarea
        aria-label={texts.writeComment}
        placeholder={texts.writeComment}
        rows={1}
        maxLength={COMMENT_LENGTH_MAX}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
          event.preventDefault()
          void submit()
        }}
      />
      <Button type="submit" disabled={text.trim() === ''}>
        {texts.send}
      </Button>
    </form>
  )
}
