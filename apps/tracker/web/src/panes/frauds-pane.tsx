/** Proven frauds: against whom, what the proof shows in words, and where it came from. */

import { ShieldCheck } from 'lucide-react'
import { Button, Empty } from '@hamlet/web/ui'
import { shortId } from '../format/figures.ts'
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
          <Fraud key={`${fraud.id} ${fraud.accused}`} fraud={fraud} />
        ))}
      </ol>
      {hasMore && <Button onClick={loadMore}>{texts.frauds.loadMore}</Button>}
    </Pane>
  )
}

function Fraud({ fraud }: { readonly fraud: FraudRow }) {
  const { texts } = usePage()
  const { title, proof } = kindTexts(fraud.kind, texts)
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

/** In the words of its kind; a kind of a later version is named as it is. */
export function kindTexts(
  kind: string,
  { frauds }: Texts,
): { readonly title: string; readonly proof: string } {
  const known = Object.entries(frauds.kinds).find(([name]) => name === kind)
  return known?.[1] ?? { title: kind, proof: frauds.otherProof }
}
