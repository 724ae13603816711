/** How far an own message has come: a tick each, in words for the newest and on hover. */

import { Check, CheckCheck, HardDrive } from 'lucide-react'
import type { Message } from '@hamlet/http/api'
import { useMemo } from 'react'
import { useApp, useSelect } from '../app-context.tsx'
import { deliveryStage, deliveryWords } from '../format/delivery.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import styles from './message-row.module.css'
import { useRoom } from './room-context.ts'

const ICONS = { here: HardDrive, some: Check, all: CheckCheck, read: CheckCheck } as const

export function DeliveryMark({
  message,
  inWords,
}: {
  readonly message: Message
  readonly inWords: boolean
}) {
  const { words } = useApp()
  const { space } = useRoom()
  const members = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).members)
  const namesByPerson = useMemo(() => {
    const others = (members ?? []).filter((member) => member.person !== message.author)
    return new Map(others.map((member) => [member.person, member.name]))
  }, [members, message.author])
  const text = deliveryWords(message.delivery, { ...words, namesByPerson })
  const stage = deliveryStage(message.delivery)
  const Icon = ICONS[stage]
  return (
    <p className={styles.delivery} data-stage={stage} data-words={inWords} title={text}>
      <Icon aria-label={inWords ? undefined : text} aria-hidden={inWords} role="img" />
      <span>{text}</span>
    </p>
  )
}
