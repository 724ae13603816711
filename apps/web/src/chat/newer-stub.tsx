/** In place of what a newer version of Hamlet has written in the room: that it is there, and how to see it. */

import { CircleArrowUp } from 'lucide-react'
import { useTexts } from '../app-context.tsx'
import styles from './message-row.module.css'

export function NewerStub() {
  const { message } = useTexts()
  return (
    <p className={styles.stub}>
      <CircleArrowUp />
      {message.newer}
    </p>
  )
}
