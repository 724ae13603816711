/**
 * What was set aside: written by people who had lost the right to write, mostly without knowing. It is shown because most
 * of it is honest work, and whoever may write can take it over.
 */

import { Hash, MessageSquare, PencilLine, ReceiptText } from 'lucide-react'
import type { SetAsideEntry } from '@hamlet/http/api'
import { useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Button } from '../ui/button.tsx'
import { Time } from '../ui/time.tsx'
import styles from './people.module.css'
import { canWrite, ownRole } from './roles.ts'

const SHOWN = 20

export function AsideBlock({ space }: { readonly space: string }) {
  const { store } = useApp()
  const texts = useTexts()
  const [all, setAll] = useState(false)
  const aside = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).aside)
  const writes = useSelect((state) => canWrite(ownRole(state, space)))
  if (aside === undefined || aside.length === 0) return null
  const open = aside.filter(({ canAdopt }) => canAdopt)
  const shown = all ? aside : aside.slice(0, SHOWN)
  return (
    <section className={styles.block}>
      <header className={styles.blockHeader}>
        <h2>{texts.aside.title}</h2>
        {open.length > 1 && (
          <Button
            size="small"
            onClick={() =>
              void store.people.adopt(
                space,
                open.map(({ id }) => id),
              )
            }
          >
            {texts.aside.adoptAll(open.length)}
          </Button>
        )}
      </header>
      <p className={styles.note}>{writes ? texts.aside.lead : texts.aside.leadReader}</p>
      <ul className={styles.list}>
        {shown.map((entry) => (
          <AsideRow key={entry.id} space={space} entry={entry} />
        ))}
      </ul>
      {shown.length < aside.length && (
        <Button size="small" tone="quiet" onClick={() => setAll(true)}>
          {texts.aside.showAll(aside.length)}
        </Button>
      )}
    </section>
  )
}

const ICONS = {
  message: MessageSquare,
  room: Hash,
  bill: ReceiptText,
  other: PencilLine,
  locked: PencilLine,
} as const

function AsideRow({ space, entry }: { readonly space: string; readonly entry: SetAsideEntry }) {
  const { store } = useApp()
  const texts = useTexts()
  const Icon = ICONS[entry.kind]
  const by = nameOr(entry.byName ?? '', texts)
  return (
    <li className={styles.member}>
      <span className={styles.asideIcon}>
        <Icon />
      </span>
      <div className={styles.grow}>
        <p className={styles.asideText}>{asideText(entry, texts.aside)}</p>
        <p className={styles.note}>
          {nameOr(entry.name, texts)} · <Time atMs={entry.atMs} /> ·{' '}
          {texts.aside.reasons[entry.reason](by)}
        </p>
      </div>
      {entry.adoptedByName !== undefined && (
        <span className={styles.role}>
          {texts.aside.adoptedBy(nameOr(entry.adoptedByName, texts))}
        </span>
      )}
      {entry.canAdopt && (
        <Button size="small" onClick={() => void store.people.adopt(space, [entry.id])}>
          {texts.aside.adopt}
        </Button>
      )}
    </li>
  )
}

function asideText(
  { kind, text }: SetAsideEntry,
  words: ReturnType<typeof useTexts>['aside'],
): string {
  if (kind === 'room' || kind === 'bill') return words[kind](text)
  return kind === 'message' ? text : words[kind]
}
