/** One message's details: its history, who read it, which devices keep it. */

import type { MessageDetail } from '@hamlet/http/api'
import { Check, CircleDashed } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Time } from '../ui/time.tsx'
import { MessageBody } from './message-body.tsx'
import styles from './message-drawer.module.css'

interface MessageDrawerProps {
  readonly space: string
  readonly message: string
}

export function MessageDrawer({ space, message }: MessageDrawerProps) {
  const { show } = useApp()
  const texts = useTexts()
  const detail = useDetail(space, message)
  return (
    <Dialog shape="drawer" title={texts.drawer.title} onClose={() => show({ kind: 'none' })}>
      {detail === 'failed' && <p role="alert">{texts.drawer.failed}</p>}
      {typeof detail === 'object' && (
        <>
          <History detail={detail} />
          <Readers detail={detail} />
          <Holders space={space} detail={detail} />
          <Technical detail={detail} />
        </>
      )}
    </Dialog>
  )
}

function History({ detail }: { readonly detail: MessageDetail }) {
  const texts = useTexts()
  return (
    <section className={styles.block}>
      <h3>{texts.drawer.history}</h3>
      <ol className={styles.versions}>
        {detail.versions.map((version, index) => (
          <li key={`${index} ${version.atMs}`}>
            <p className={styles.note}>
              {texts.drawer.version(index)} · <Time atMs={version.atMs} />
            </p>
            <MessageBody text={version.text} />
          </li>
        ))}
        {detail.newer === true && <li className={styles.note}>{texts.message.newer}</li>}
        {detail.deleted && <li className={styles.note}>{texts.message.deleted}</li>}
      </ol>
    </section>
  )
}

function Readers({ detail }: { readonly detail: MessageDetail }) {
  const texts = useTexts()
  return (
    <section className={styles.block}>
      <h3>{texts.drawer.readers}</h3>
      {detail.readers.length === 0 && <p className={styles.note}>{texts.drawer.nobodyRead}</p>}
      <ul className={styles.list}>
        {detail.readers.map((reader) => (
          <li key={reader.person}>
            <Avatar id={reader.person} name={reader.name} size="small" />
            <span>{nameOr(reader.name, texts)}</span>
            <Time atMs={reader.atMs} className={styles.note} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Holders({ space, detail }: { readonly space: string; readonly detail: MessageDetail }) {
  const texts = useTexts()
  const members = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).members)
  return (
    <section className={styles.block}>
      <h3>{texts.drawer.holders}</h3>
      <ul className={styles.list}>
        {detail.holders.map((holder) => {
          const owner = members?.find((member) => member.person === holder.person)
          return (
            <li key={holder.device} data-holds={holder.holds}>
              {holder.holds ? <Check /> : <CircleDashed />}
              <span>
                {nameOr(owner?.name ?? holder.name, texts)}
                {owner !== undefined && owner.name !== holder.name && (
                  <span className={styles.note}> {holder.name}</span>
                )}
              </span>
              <span className={styles.note}>
                {holder.holds ? texts.drawer.has : texts.drawer.notYet}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function Technical({ detail }: { readonly detail: MessageDetail }) {
  const { drawer } = useTexts()
  return (
    <details className={styles.technical}>
      <summary>{drawer.entry}</summary>
      <dl>
        <dt>{drawer.sequence}</dt>
        <dd>{detail.entry.seq}</dd>
        <dt>{drawer.epoch}</dt>
        <dd>{detail.entry.epoch}</dd>
        <dt>{drawer.hash}</dt>
        <dd>{detail.entry.hash}</dd>
      </dl>
    </details>
  )
}

function useDetail(space: string, message: string): MessageDetail | 'loading' | 'failed' {
  const { store } = useApp()
  const [detail, setDetail] = useState<MessageDetail | 'loading' | 'failed'>('loading')
  // Delivery marks move while the drawer is open: the rooms' state changes with them.
  const rooms = useSelect((state) => state.rooms)
  useEffect(() => {
    let current = true
    store.api.message(space, message).then(
      (loaded) => current && setDetail(loaded),
      () => current && setDetail('failed'),
    )
    return () => {
      current = false
    }
  }, [store, space, message, rooms])
  return detail
}
