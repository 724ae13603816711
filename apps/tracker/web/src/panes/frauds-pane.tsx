/** Proven frauds: against whom, what the proof shows in words, and where it came from. */

import { ShieldCheck } from 'lucide-react'
import { Button, Empty } from '@hamlet/web/ui'
import { countText, shortId, sizeText } from '../format/figures.ts'
import type { Texts } from '../i18n/en.ts'
import { usePage } from '../page-context.tsx'
import { Pane } from '../shell/pane.tsx'
import type { FraudRow } from '../state/board-client.ts'
import { usePages } from '../state/use-loaded.ts'
import { Failure, Loading, Moment, PersonName, PlaceLink } from '../ui/pieces.tsx'
import styles from './frauds-pane.module.css'

export function FraudsPane() {
  const { texts } = usePage()
  const pages = usePages<FraudRow>('frauds')
  const { rows, isLoading, error, hasMore, loadMore } = pages
  return (
    <Pane title={texts.sections.frauds} detail={texts.frauds.lead}>
      {isLoading && <Loading />}
      {rows.length === 0 && <Failure {...pages} />}
      {rows.length === 0 && !isLoading && error === undefined && (
        <Empty icon={<ShieldCheck />} title={texts.frauds.empty} hint={texts.frauds.emptyHint} />
      )}
      <ol className={styles.list}>
        {rows.map((fraud) => (
          <Fraud key={`${fraud.id}/${fraud.accused}`} fraud={fraud} />
        ))}
      </ol>
      {hasMore && <Button onClick={loadMore}>{texts.frauds.loadMore}</Button>}
    </Pane>
  )
}

function Fraud({ fraud }: { readonly fraud: FraudRow }) {
  const { texts, locale } = usePage()
  const { title, proof } = proofWords(fraud, texts, locale)
  const origin =
    fraud.reporter === null
      ? texts.frauds.foundHere
      : texts.frauds.reported(shortId(fraud.reporter))
  return (
    <li className={styles.fraud}>
      <header>
        <h2>{title}</h2>
        <PlaceLink to={{ section: 'peers', id: fraud.accused }} className={styles.accused}>
          <span className="visually-hidden">{texts.frauds.against} </span>
          <PersonName id={fraud.accused} />
        </PlaceLink>
      </header>
      <p>{proof}</p>
      <p className={styles.effect}>{texts.frauds.effect}</p>
      <p className={styles.origin}>
        {texts.frauds.found} <Moment atMs={fraud.foundAtMs} />, {origin}
        {fraud.person !== null && (
          <>
            {' · '}
            <PlaceLink to={{ section: 'flow', id: fraud.person }}>
              {texts.peers.personOf(shortId(fraud.person))}
            </PlaceLink>
          </>
        )}
      </p>
    </li>
  )
}

/** What the figures of a proof say; of one that cannot be read only its kind. */
export function proofWords(
  { kind, facts, accused }: Pick<FraudRow, 'kind' | 'facts' | 'accused'>,
  { frauds }: Texts,
  locale: string,
): { readonly title: string; readonly proof: string } {
  if (facts === null) return { title: kind, proof: frauds.otherProof }
  const { shows, payer, payee, seqs, totals, windowMs } = facts
  const other = shortId(accused === payer ? payee : payer)
  const [first, second] = totals.map((bytes) => sizeText(bytes, locale)) as [string, string]
  const [earlier, later] = seqs.map((seq) => countText(seq, locale)) as [string, string]
  switch (shows) {
    case 'number':
      return {
        title: frauds.twice,
        proof:
          totals[0] === totals[1]
            ? frauds.sameProof(other, later)
            : frauds.numberProof(other, later, first, second),
      }
    case 'less':
      return { title: frauds.twice, proof: frauds.lessProof(other, earlier, first, later, second) }
    case 'past':
      return { title: frauds.twice, proof: frauds.pastProof(other, earlier, later) }
    case 'self-dealing':
      return { title: frauds.self, proof: frauds.selfProof(other, second) }
    case 'over-rate': {
      const size = sizeText(totals[1] - totals[0], locale)
      const seconds = countText(Math.ceil(windowMs / 1000), locale)
      return { title: frauds.fast, proof: frauds.fastProof(other, size, seconds) }
    }
  }
}
