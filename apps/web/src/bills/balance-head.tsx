/** Where one stands, in one line; then everybody; and what waits for one's own word. */

import { Archive, HandCoins } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { NO_FILTER } from './bill-filter.ts'
import styles from './bills.module.css'
import { signedText } from './money-text.ts'
import {
  convertedWords,
  pendingWords,
  standings,
  standingWords,
  waitingForSelf,
} from './standing.ts'
import type { Standing } from './standing.ts'
import { useBills, useLedgerWords } from './use-bills.ts'

const SHOWN_MAX = 6

export function BalanceHead({ space }: { readonly space: string }) {
  const { show } = useApp()
  const texts = useTexts()
  const words = useLedgerWords(space)
  const { balances, found, settings, parties } = useBills(space)
  if (settings?.archived === true && balances?.length === 0) return <Archived />
  if (balances === undefined || parties === undefined) return null
  if (found?.total === 0 && balances.length === 0) return null
  const pending = pendingWords(balances, words.names, words)
  return (
    <>
      {settings?.archived === true && <Archived />}
      <WaitsForYou space={space} />
      <section className={styles.standing} aria-label={texts.bills.balances}>
        <div className={styles.line}>
          <p>
            <strong>{standingWords(balances, words.names, words)}</strong>
            <Converted space={space} />
            {pending !== undefined && <span className={styles.pendingNote}>{pending}</span>}
          </p>
          <Button icon={<HandCoins />} onClick={() => show({ kind: 'settle', space })}>
            {texts.bills.settleUp}
          </Button>
        </div>
        <Everybody space={space} />
      </section>
    </>
  )
}

/** Where there are several currencies, and the ledger has one of its own: the whole in that one. */
function Converted({ space }: { readonly space: string }) {
  const { store } = useApp()
  const words = useLedgerWords(space)
  const { balances, settings, converted } = useBills(space)
  const code = settings?.currency?.code
  const isMixed = (balances ?? []).some(({ currency }) => currency.code !== code)
  useEffect(() => {
    if (code !== undefined && isMixed) store.bills.convert(space, code)
  }, [store, space, code, isMixed])
  if (!isMixed || converted === undefined || converted.currency.code !== code) return null
  return <span className={styles.pendingNote}>{convertedWords(converted, words.names, words)}</span>
}

function Archived() {
  const { bills } = useTexts()
  return (
    <p className={styles.archived}>
      <Archive />
      {bills.archived}
    </p>
  )
}

function Everybody({ space }: { readonly space: string }) {
  const texts = useTexts()
  const words = useLedgerWords(space)
  const { balances } = useBills(space)
  const [all, setAll] = useState(false)
  const everybody = standings(balances ?? [], words.names)
  if (everybody.length === 0) return null
  const shown = all ? everybody : everybody.slice(0, SHOWN_MAX)
  return (
    <>
      <ul className={styles.everybody}>
        {shown.map((standing) => (
          <Person key={standing.party} space={space} standing={standing} />
        ))}
      </ul>
      {shown.length < everybody.length && (
        <Button size="small" tone="quiet" onClick={() => setAll(true)}>
          {texts.history.showAll(everybody.length)}
        </Button>
      )}
    </>
  )
}

function Person({ space, standing }: { readonly space: string; readonly standing: Standing }) {
  const { show } = useApp()
  const { bills: texts } = useTexts()
  const { names, locale } = useLedgerWords(space)
  const { party, sums } = standing
  const self = names.isSelf(party)
  const content = (
    <>
      <Avatar id={party} name={names.plainName(party)} size="small" />
      <span className={styles.name}>{names.nameOf(party)}</span>
      <span className={styles.personSums}>
        {sums.map(({ currency, minor }) => (
          <span key={currency.code} data-up={minor > 0n}>
            {signedText(minor, currency, locale)}
          </span>
        ))}
      </span>
    </>
  )
  if (self) {
    return (
      <li>
        <span className={styles.person}>{content}</span>
      </li>
    )
  }
  return (
    <li>
      <button
        type="button"
        className={styles.person}
        title={texts.why(names.plainName(party))}
        onClick={() => show({ kind: 'explain', space, from: party, to: '' })}
      >
        {content}
      </button>
    </li>
  )
}

/** Payments and bills that wait for this person's word. */
function WaitsForYou({ space }: { readonly space: string }) {
  const { store } = useApp()
  const texts = useTexts()
  const { names } = useLedgerWords(space)
  const { pending, filter } = useBills(space)
  const own = waitingForSelf(pending ?? [], names)
  if (own.length === 0 || filter.shown === 'pending') return null
  return (
    <section className={styles.waits} aria-label={texts.space.needsYou}>
      <p>{texts.bills.waitForYou(own.length)}</p>
      <Button
        size="small"
        onClick={() => store.bills.setFilter(space, { ...NO_FILTER, shown: 'pending' })}
      >
        {texts.space.review}
      </Button>
    </section>
  )
}
