/** A message that is not saved yet: it shows at once, and its text stays here when saving fails. */

import type { PendingMessage } from '../state/room-state.ts'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { fileNames } from './file-names.ts'
import { MessageBody } from './message-body.tsx'
import { Quote } from './quote.tsx'
import styles from './message-row.module.css'
import { useRoom } from './room-context.ts'

export function PendingRow({ pending }: { readonly pending: PendingMessage }) {
  const texts = useTexts()
  const status = useSelect((state) => state.status)
  const failed = pending.state === 'failed'
  return (
    <article className={styles.row} data-head="true">
      <div className={styles.side}>
        <Avatar id={status?.person ?? ''} name={status?.name ?? ''} />
      </div>
      <div className={styles.main}>
        <header className={styles.head}>
          <span className={styles.author}>{status?.name}</span>
          {!failed && <span className={styles.time}>{texts.message.saving}</span>}
        </header>
        {pending.replyTo !== undefined && <Quote quoted={pending.replyTo} />}
        <MessageBody text={pending.text} />
        {pending.files !== undefined && pending.text !== fileNames(pending.files) && (
          <p>{fileNames(pending.files)}</p>
        )}
        {failed && <Failed pending={pending} />}
      </div>
    </article>
  )
}

function Failed({ pending }: { readonly pending: PendingMessage }) {
  const { store } = useApp()
  const texts = useTexts()
  const { space, room } = useRoom()
  return (
    <div className={styles.failed} role="alert">
      <p>{pending.error ?? texts.message.failed}</p>
      <Button size="small" onClick={() => store.rooms.retry(space, room, pending.key)}>
        {texts.common.retry}
      </Button>
      <Button
        size="small"
        tone="quiet"
        onClick={() => store.rooms.discard(space, room, pending.key)}
      >
        {texts.message.discard}
      </Button>
    </div>
  )
}
