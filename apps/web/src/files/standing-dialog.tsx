/** Who gives and who takes in a space, as receipts of both sides say, and how somebody new gets along. */

import { Scale } from 'lucide-react'
import { useCallback, useState } from 'react'
import type { PersonStanding } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import { downloadPieces, exportFileName } from '../bills/ledger/download.ts'
import { nameOr } from '../format/people.ts'
import { sizeText } from '../format/sizes.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Empty } from '../ui/empty.tsx'
import { Time, useRelative } from '../ui/time.tsx'
import {
  balancePart,
  balanceWords,
  fraudWords,
  inOrder,
  reasonWords,
  standingFacts,
} from './standing-words.ts'
import styles from './standing.module.css'
import { useMembers, useShareWords, useSpaceName } from './use-files.ts'
import { usePolled } from './use-polled.ts'

export function StandingDialog({ space }: { readonly space: string }) {
  const { store, show } = useApp()
  const { standing: texts } = useTexts()
  const load = useCallback(() => store.api.standing(space), [store, space])
  const { value, hasFailed } = usePolled(load)
  const people = inOrder(value ?? [])
  const most = Math.max(0, ...people.map(({ balanceBytes }) => Math.abs(balanceBytes)))
  const isQuiet = people.every(({ givenBytes, takenBytes }) => givenBytes + takenBytes === 0)
  return (
    <Dialog
      shape="wide"
      title={texts.title}
      lead={texts.lead}
      onClose={() => show({ kind: 'none' })}
    >
      {hasFailed && value === undefined && <p role="alert">{texts.failed}</p>}
      {value !== undefined && isQuiet && (
        <Empty icon={<Scale />} title={texts.nothing} hint={texts.nothingHint} />
      )}
      {value !== undefined && (
        <ul className={styles.people} aria-label={texts.title}>
          {people.map((each) => (
            <PersonRow key={each.person} space={space} standing={each} most={most} />
          ))}
        </ul>
      )}
      <section className={styles.explained}>
        <h3>{texts.newTitle}</h3>
        <p>{texts.newText}</p>
        <p>{texts.orderText}</p>
      </section>
      {!isQuiet && <SaveReceipts space={space} />}
    </Dialog>
  )
}

interface PersonRowProps {
  readonly space: string
  readonly standing: PersonStanding
  /** The largest balance of anybody, on either side. */
  readonly most: number
}

function PersonRow({ space, standing, most }: PersonRowProps) {
  const words = useShareWords()
  const { texts, locale } = words
  const relative = useRelative()
  const member = useMembers(space).get(standing.person)
  const { givenBytes, takenBytes, balanceBytes, memberSinceMs, frauds } = standing
  return (
    <li className={styles.person}>
      <Avatar id={standing.person} name={member?.name ?? ''} />
      <div className={styles.grow}>
        <p className={styles.head}>
          <strong>
            {nameOr(member?.name ?? '', texts)}
            {standing.isSelf && <span className={styles.note}> {texts.common.you}</span>}
          </strong>
          <span className={styles.balance} data-side={Math.sign(balanceBytes)}>
            {balanceWords(balanceBytes, words)}
          </span>
        </p>
        <BalanceBar part={balancePart(balanceBytes, most)} />
        <p className={styles.note}>
          {texts.standing.gaveAndTook(sizeText(givenBytes, locale), sizeText(takenBytes, locale))}
          {' · '}
          {texts.standing.since(relative(memberSinceMs))}
        </p>
        {standingFacts(standing, words).map((fact) => (
          <p key={fact} className={styles.fact}>
            {fact}
          </p>
        ))}
        {frauds.map((fraud) => (
          <p
            key={`${fraud.kind} ${fraud.atMs}`}
            className={styles.fraud}
            data-forgiven={fraud.isForgiven}
          >
            {fraudWords(fraud, words)} <Time atMs={fraud.atMs} />
          </p>
        ))}
        <Reasons space={space} standing={standing} />
      </div>
    </li>
  )
}

/** From the middle to the right what somebody gave more than they took, to the left the other way round; it stands in words beside it. */
function BalanceBar({ part }: { readonly part: number }) {
  const from = 50 + Math.min(0, part) * 50
  return (
    <svg className={styles.bar} aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 100 1">
      <rect data-side={Math.sign(part)} x={from} y="0" width={Math.abs(part) * 50} height="1" />
      <rect data-middle="" x="49.85" y="0" width="0.3" height="1" />
    </svg>
  )
}

/** There may be a hundred: they are made when somebody opens them. */
function Reasons({ space, standing }: Pick<PersonRowProps, 'space' | 'standing'>) {
  const words = useShareWords()
  const members = useMembers(space)
  const [isOpen, setIsOpen] = useState(false)
  const { reasons } = standing
  if (reasons.length === 0) return null
  return (
    <details className={styles.reasons} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{words.texts.standing.why(reasons.length)}</summary>
      {isOpen && (
        <ul>
          {reasons.map((reason, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- two receipts may be alike in all that is shown
            <li key={index}>
              {reasonWords(reason, members, words)}
              <Time atMs={reason.atMs} className={styles.note} />
            </li>
          ))}
        </ul>
      )}
    </details>
  )
}

function SaveReceipts({ space }: { readonly space: string }) {
  const { store } = useApp()
  const { standing: texts } = useTexts()
  const name = useSpaceName(space)
  const save = async () => {
    try {
      const text = await store.api.exportReceipts(space)
      await downloadPieces(once(text), exportFileName(name, 'receipts-txt'))
    } catch (error) {
      store.report(error, 'file')
    }
  }
  return (
    <div className={styles.foot}>
      <p className={styles.note}>{texts.receiptsHint}</p>
      <Button onClick={() => void save()}>{texts.receipts}</Button>
    </div>
  )
}

async function* once(text: string): AsyncGenerator<string> {
  yield text
}
