/** One peer: its standing as three separate facts, and what it holds. */

import { Files } from 'lucide-react'
import { Button, Empty } from '@hamlet/web/ui'
import { countText, dayText, percentText, shortId, sizeText } from '../format/figures.ts'
import { useMoment, useNow, usePage } from '../page-context.tsx'
import { Block, Pane } from '../shell/pane.tsx'
import type { HeldRow, PeerRow } from '../state/board-client.ts'
import { useLoaded, usePages } from '../state/use-loaded.ts'
import { Failure, Loading, PersonName, PlaceLink } from '../ui/pieces.tsx'
import styles from './list.module.css'

export function PeerPane({ id }: { readonly id: string }) {
  const { texts } = usePage()
  const now = useNow()
  const { value: peer, error, retry } = useLoaded<PeerRow>(`peers/${id}`, {}, now)
  return (
    <Pane
      title={<PersonName id={id} />}
      detail={peer !== undefined && <Owner person={peer.person} />}
      back={{ section: 'peers' }}
    >
      {peer === undefined && error === undefined && <Loading />}
      {peer === undefined && <Failure error={error} retry={retry} />}
      {peer !== undefined && <Standing peer={peer} />}
      {peer !== undefined && (
        <Block title={texts.peers.held}>
          <Held id={id} />
        </Block>
      )}
    </Pane>
  )
}

function Owner({ person }: { readonly person: string | null }) {
  const { texts } = usePage()
  if (person === null) return texts.peers.unknownPerson
  return (
    <PlaceLink to={{ section: 'flow', id: person }}>
      {texts.peers.personOf(shortId(person))}
    </PlaceLink>
  )
}

function Standing({ peer }: { readonly peer: PeerRow }) {
  const { texts, locale } = usePage()
  const moment = useMoment()
  const { peers } = texts
  const size = (bytes: number) => sizeText(bytes, locale)
  return (
    <Block title={peers.standing}>
      <dl className={styles.facts}>
        <div>
          <dt>{peers.contribution}</dt>
          <dd>{peers.contributionText(size(peer.gaveBytes), size(peer.receivedBytes))}</dd>
        </div>
        <div>
          <dt>{peers.tenure}</dt>
          <dd>{peers.tenureText(dayText(peer.knownSinceMs, locale), moment(peer.seenAtMs))}</dd>
        </div>
        <div>
          <dt>{peers.reliability}</dt>
          <dd>
            {peer.frauds === 0 ? peers.reliable : peers.unreliable(countText(peer.frauds, locale))}{' '}
            {peer.frauds > 0 && <a href="#/frauds">{peers.unreliableHint}</a>}
          </dd>
        </div>
      </dl>
    </Block>
  )
}

function Held({ id }: { readonly id: string }) {
  const { texts, locale } = usePage()
  const pages = usePages<HeldRow>(`peers/${id}/held`)
  const { rows, isLoading, error, hasMore, loadMore } = pages
  if (isLoading) return <Loading />
  if (rows.length === 0) {
    return error === undefined ? (
      <Empty icon={<Files />} title={texts.peers.noneHeld} />
    ) : (
      <Failure {...pages} />
    )
  }
  return (
    <>
      <ul className={styles.list}>
        {rows.map((held) => {
          const share = held.isComplete ? 1 : held.heldBytes / Math.max(1, held.sizeBytes)
          return (
            <li key={held.handle} className={styles.row}>
              <PlaceLink to={{ section: 'swarms', id: held.handle }}>
                {held.name ?? `${texts.swarms.private} ${held.handle.slice(0, 8)}`}
              </PlaceLink>
              <span className={styles.muted}>{sizeText(held.sizeBytes, locale)}</span>
              <span className={styles.share}>
                <progress
                  value={share}
                  max={1}
                  aria-label={texts.swarms.part(percentText(share, locale))}
                />
                {held.isComplete ? texts.swarms.all : percentText(share, locale)}
              </span>
            </li>
          )
        })}
      </ul>
      {hasMore && <Button onClick={loadMore}>{texts.frauds.loadMore}</Button>}
    </>
  )
}
