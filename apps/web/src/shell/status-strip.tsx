/** The foot of the page: who is here now, who has your latest change, what is moving. Opens the inspector. */

import { CircleDot, DoorClosed, HardDrive, RefreshCw, Unplug } from 'lucide-react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import {
  latestShort,
  latestWords,
  missingHere,
  movingWords,
  whoIsHere,
} from '../format/status-words.ts'
import { ownRole } from '../people/roles.ts'
import { EMPTY_SPACE, savingCount } from '../state/app-state.ts'
import styles from './status-strip.module.css'

export function StatusStrip({ space }: { readonly space: string }) {
  const { show, words } = useApp()
  const { status } = useTexts()
  const connection = useSelect((state) => state.connection)
  const lost = connection === 'lost'
  return (
    <footer className={styles.strip} aria-label={status.label} data-lost={lost}>
      <button
        type="button"
        className={styles.button}
        aria-describedby="status-open"
        onClick={() => show({ kind: 'inspector', space })}
      >
        {lost ? (
          <span className={styles.item}>
            <Unplug />
            <span>{status.offline}</span>
          </span>
        ) : (
          <Items space={space} locale={words.locale} />
        )}
      </button>
      <span id="status-open" className="visually-hidden">
        {status.open}
      </span>
    </footer>
  )
}

function Items({ space, locale }: { readonly space: string; readonly locale: string }) {
  const texts = useTexts()
  const known = useSelect((state) => state.spaceStates[space] ?? EMPTY_SPACE)
  const saving = useSelect((state) => savingCount(state, space))
  const isMember = useSelect((state) => ownRole(state, space) !== undefined)
  const { members, inspection } = known
  if (members === undefined) return <span className={styles.item}>{texts.status.connecting}</span>
  if (!isMember) {
    return (
      <span className={styles.item}>
        <DoorClosed />
        <span>{texts.status.notMember}</span>
      </span>
    )
  }
  const someone = members.some((member) => !member.self && member.online)
  return (
    <>
      <span className={styles.item} data-good={someone}>
        <CircleDot />
        <span>{whoIsHere(members, texts, locale)}</span>
      </span>
      {inspection !== undefined && (
        <>
          <span className={styles.item}>
            <HardDrive />
            <span className={styles.long}>
              {saving > 0 ? texts.status.saving(saving) : latestWords(inspection, texts)}
            </span>
            <span className={styles.short}>
              {saving > 0 ? texts.status.saving(saving) : latestShort(inspection, texts)}
            </span>
          </span>
          <span className={styles.item} data-moving={missingHere(inspection) > 0}>
            <RefreshCw />
            <span>{movingWords(inspection, texts)}</span>
          </span>
        </>
      )}
    </>
  )
}
