/** What is left of a deleted message; for a few seconds its author can take the deletion back. */

import { Trash2 } from 'lucide-react'
import type { Message } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import styles from './message-row.module.css'

interface DeletedStubProps {
  readonly message: Message
  readonly deleting: boolean
}

export function DeletedStub({ message, deleting }: DeletedStubProps) {
  const { store } = useApp()
  const texts = useTexts()
  return (
    <p className={styles.stub}>
      <Trash2 />
      {message.own ? texts.message.deletedByYou : texts.message.deleted}
      {deleting && (
        <Button size="small" tone="quiet" onClick={() => store.rooms.undoDelete(message.id)}>
          {texts.common.undo}
        </Button>
      )}
    </p>
  )
}
