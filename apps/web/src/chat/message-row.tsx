/** One message: who, when, what, how far it has come, and what can be done with it. */

import { memo, useState } from 'react'
import type { KeyboardEvent } from 'react'
import { Clock } from 'lucide-react'
import type { Message } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { Avatar, personStyle } from '../ui/avatar.tsx'
import { Time } from '../ui/time.tsx'
import { DeliveryMark } from './delivery-mark.tsx'
import { MessageActions } from './message-actions.tsx'
import { MessageWords } from './message-words.tsx'
import { DeletedStub } from './deleted-stub.tsx'
import { Quote } from './quote.tsx'
import { ReactionBar } from './reaction-bar.tsx'
import styles from './message-row.module.css'
import { mayEdit } from './may-edit.ts'
import { NewerStub } from './newer-stub.tsx'
import { useRoom } from './room-context.ts'
import type { Row } from './rows.ts'

interface MessageRowProps {
  readonly row: Extract<Row, { kind: 'message' }>
  /** The last row of the list takes the focus when the list is entered. */
  readonly last: boolean
  readonly focused: boolean
}

export const MessageRow = memo(MessageRowView)

function MessageRowView({ row, last, focused }: MessageRowProps) {
  const { message, head, newestOwn } = row
  const [active, setActive] = useState(false)
  const [menu, setMenu] = useState(false)
  const deleting = useSelect((state) => state.deleting.has(message.id))
  const onKeyDown = useRowKeys(message)
  const gone = message.deleted || deleting
  return (
    <article
      className={styles.row}
      data-row=""
      data-head={head}
      data-focused={focused}
      data-mention={message.mentionsMe && !gone}
      tabIndex={last ? 0 : -1}
      onKeyDown={onKeyDown}
      onPointerEnter={() => setActive(true)}
      onPointerLeave={() => setActive(false)}
      onFocus={() => setActive(true)}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setActive(false)
      }}
    >
      <div className={styles.side}>
        {head ? (
          <Avatar id={message.author} name={message.authorName} />
        ) : (
          <Time atMs={message.atMs} style="clock" className={styles.sideTime} />
        )}
      </div>
      <div className={styles.main}>
        {head && <Head message={message} />}
        {gone ? (
          <DeletedStub message={message} deleting={deleting} />
        ) : (
          <Content message={message} />
        )}
        {message.own && !gone && <DeliveryMark message={message} inWords={newestOwn} />}
      </div>
      {(active || menu) && !gone && <MessageActions message={message} onMenu={setMenu} />}
    </article>
  )
}

function Head({ message }: { readonly message: Message }) {
  const texts = useTexts()
  return (
    <header className={styles.head}>
      <span className={styles.author} style={personStyle(message.author)}>
        {nameOr(message.authorName, texts)}
      </span>
      <Time atMs={message.atMs} style="clock" className={styles.time} />
      {message.late && (
        <span className={styles.late} title={texts.room.lateHint}>
          <Clock />
          {texts.room.lateMark}
        </span>
      )}
    </header>
  )
}

function Content({ message }: { readonly message: Message }) {
  const texts = useTexts()
  return (
    <>
      {message.replyTo !== undefined && <Quote quoted={message.replyTo} />}
      {message.newer === true ? <NewerStub /> : <MessageWords message={message} />}
      {message.editedAtMs !== undefined && (
        <span className={styles.edited}>
          {texts.message.edited} <Time atMs={message.editedAtMs} />
        </span>
      )}
      <ReactionBar message={message} />
    </>
  )
}

/** On a message that has the focus: R replies, E edits, Enter opens the details. */
function useRowKeys(message: Message) {
  const { show } = useApp()
  const { space, writable, reply, edit } = useRoom()
  return (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey)
      return
    if (message.deleted) return
    if (event.key === 'Enter') show({ kind: 'message', space, message: message.id })
    else if (event.key === 'r' && writable) reply(message)
    else if (event.key === 'e' && writable && mayEdit(message)) edit(message)
    else return
    event.preventDefault()
  }
}
