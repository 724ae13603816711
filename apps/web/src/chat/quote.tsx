/** The message a reply answers, in one line; leads to it. */

import type { Message } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { plainText } from './plain-text.ts'
import styles from './message-row.module.css'
import { useRoom } from './room-context.ts'

export function Quote({ quoted }: { readonly quoted: NonNullable<Message['replyTo']> }) {
  const { store } = useApp()
  const texts = useTexts()
  const { space, room } = useRoom()
  const name = nameOr(quoted.authorName, texts)
  return (
    <button
      type="button"
      className={styles.quote}
      title={texts.message.jumpToQuoted(name)}
      onClick={() => void store.rooms.open(space, room, quoted.id)}
    >
      <strong>{name}</strong>
      <span>{quoted.text === '' ? texts.message.quoteDeleted : plainText(quoted.text)}</span>
    </button>
  )
}
