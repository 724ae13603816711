/** One swarm: what it is, which pieces are where, and who holds how much of it. */

import { UsersRound } from 'lucide-react'
import { Button, Empty } from '@hamlet/web/ui'
import { copiesText, countText, percentText, shortId, sizeText } from '../format/figures.ts'
import { useNow, usePage } from '../page-context.tsx'
import { Block, Facts, Pane } from '../shell/pane.tsx'
import type { HolderRow, SwarmDetail } from '../state/board-client.ts'
import { useLoaded, usePages } from '../state/use-loaded.ts'
import { HealthMark } from '../ui/health-mark.tsx'
import { Failure, Loading, Moment, PersonName, PlaceLink } from '../ui/pieces.tsx'
import { PiecesBar } from '../ui/pieces-bar.tsx'
import styles from './list.module.css'

export function SwarmPane({ handle }: { readonly handle: string }) {
  const { texts } = usePage()
  const now = useNow()
  const { value: swarm, error, retry } = useLoaded<SwarmDetail>(`swarms/${handle}`, {}, now)
  const title = swarm?.name ?? `${texts.swarms.private} ${handle.slice(0, 8)}`
  return (
    <Pane title={title} detail={swarm?.description} back={{ section: 'swarms' }}>
      {swarm === undefined && error === undefined && <Loading />}
      {swarm === undefined && <Failure error={error} retry={retry} />}
      {swarm !== undefined && <SwarmFacts swarm={swarm} />}
      {swarm !== undefined && <Pieces swarm={swarm} />}
      {swarm !== undefined && <Holders swarm={swarm} />}
    </Pane>
  )
}

function SwarmFacts({ swarm }: { readonly swarm: SwarmDetail }) {
  const { texts, locale } = usePage()
  const copies = copiesText(swarm, locale)
  return (
    <>
      <Facts
        facts={[
          { label: texts.swarms.size, value: sizeText(swarm.sizeBytes, locale) },
          {
            label: `${texts.swarms.seeds} / ${texts.swarms.peers}`,
            value: <HealthMark swarm={swarm} />,
          },
          { label: texts.swarms.copies, value: copies, hint: texts.swarms.copiesHint },
          { label: texts.swarms.created, value: <Moment atMs={swarm.createdAtMs} /> },
          { label: texts.swarms.seen, value: <Moment atMs={swarm.seenAtMs} /> },
        ]}
      />
      {swarm.link !== null && (
        <p>
          {texts.swarms.link}: <code className={styles.code}>{swarm.link}</code>
        </p>
      )}
    </>
  )
}

function Pieces({ swarm }: { readonly swarm: SwarmDetail }) {
  const { texts, locale } = usePage()
  const note = texts.swarms.piecesOf(
    countText(swarm.chunks, locale),
    countText(swarm.peersCounted, locale),
  )
  return (
    <Block
      title={texts.swarms.pieces}
      tools={swarm.columns.length > 0 && <span className={styles.note}>{note}</span>}
    >
      <PiecesBar swarm={swarm} />
    </Block>
  )
}

function Holders({ swarm }: { readonly swarm: SwarmDetail }) {
  const { texts } = usePage()
  const path = `swarms/${swarm.handle}/holders`
  const { rows, hasMore, loadMore, isLoading, error, retry } = usePages<HolderRow>(path)
  return (
    <Block title={texts.swarms.holders}>
      {isLoading && <Loading />}
      {rows.length === 0 && <Failure error={error} retry={retry} />}
      {rows.length === 0 && !isLoading && error === undefined && (
        <Empty icon={<UsersRound />} title={texts.swarms.noHolders} />
      )}
      <ul className={styles.list}>
        {rows.map((holder) => (
          <Holder key={holder.peer} holder={holder} sizeBytes={swarm.sizeBytes} />
        ))}
      </ul>
      {hasMore && <Button onClick={loadMore}>{texts.frauds.loadMore}</Button>}
    </Block>
  )
}

function Holder({ holder, sizeBytes }: { readonly holder: HolderRow; readonly sizeBytes: number }) {
  const { texts, locale } = usePage()
  const share = holder.isComplete || sizeBytes === 0 ? 1 : holder.heldBytes / sizeBytes
  return (
    <li className={styles.row}>
      <PlaceLink to={{ section: 'peers', id: holder.peer }}>
        <PersonName id={holder.peer} />
      </PlaceLink>
      <span className={styles.muted}>
        {holder.person === null
          ? texts.peers.unknownPerson
          : texts.peers.personOf(shortId(holder.person))}
      </span>
      <span className={styles.share}>
        <progress
          value={share}
          max={1}
          aria-label={texts.swarms.part(percentText(share, locale))}
        />
        {holder.isComplete ? texts.swarms.all : percentText(share, locale)}
      </span>
      <span className={styles.when}>
        <Moment atMs={holder.announcedAtMs} />
      </span>
    </li>
  )
}
