/** One transfer: its pieces, rates, time left, its sources, and what can be done with it. */

import { Pause, Play, X } from 'lucide-react'
import type { Transfer, TransferSource } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import { percentText, rateText, sizeText } from '../format/sizes.ts'
import { Button } from '../ui/button.tsx'
import { fileErrorWords } from './file-errors.ts'
import styles from './moving.module.css'
import { PiecesBar } from './pieces-bar.tsx'
import { availabilityWords, piecesWords, sourceName, transferFacts } from './share-words.ts'
import { useMembers, useShareWords } from './use-files.ts'

interface TransferViewProps {
  readonly space: string | undefined
  readonly transfer: Transfer
}

export function TransferView({ space, transfer }: TransferViewProps) {
  const words = useShareWords()
  const { files } = words.texts
  const isMoving = transfer.state === 'loading' || transfer.state === 'waiting'
  return (
    <section className={styles.transfer} data-state={transfer.state}>
      <strong>{files.states[transfer.state]}</strong>
      {transfer.direction === 'down' && (
        <>
          <PiecesBar pieces={transfer.pieces} />
          <p className={styles.note}>{piecesWords(transfer, words)}</p>
        </>
      )}
      <p className={styles.facts}>{transferFacts(transfer, words).join(' · ')}</p>
      {(transfer.state === 'failed' || transfer.reason !== undefined) && (
        <p role="alert" className={styles.error}>
          {fileErrorWords(transfer.reason ?? '', words.texts)}
        </p>
      )}
      {isMoving && <p className={styles.note}>{availabilityWords(transfer.availability, words)}</p>}
      <div className={styles.line}>
        <TransferButtons transfer={transfer} />
      </div>
      {transfer.sources.length > 0 && <SourceList space={space} sources={transfer.sources} />}
    </section>
  )
}

export function TransferButtons({ transfer }: { readonly transfer: Transfer }) {
  const { store } = useApp()
  const { share: texts, common } = useTexts()
  const { share, state } = transfer
  const isMoving = state === 'loading' || state === 'waiting'
  const isHalted = state === 'paused' || state === 'failed'
  return (
    <>
      {isMoving && (
        <Button size="small" icon={<Pause />} onClick={() => void store.files.pause(share)}>
          {texts.pause}
        </Button>
      )}
      {isHalted && (
        <Button size="small" icon={<Play />} onClick={() => void store.files.resume(share)}>
          {state === 'failed' ? common.retry : texts.resume}
        </Button>
      )}
      {(isMoving || isHalted) && (
        <Button size="small" tone="quiet" icon={<X />} onClick={() => void store.files.stop(share)}>
          {texts.stop}
        </Button>
      )}
    </>
  )
}

interface SourceListProps {
  readonly space: string | undefined
  readonly sources: readonly TransferSource[]
}

function SourceList({ space, sources }: SourceListProps) {
  const { texts, locale } = useShareWords()
  const members = useMembers(space)
  return (
    <>
      <h3>{texts.share.sources}</h3>
      <ul className={styles.sources}>
        {sources.map((source) => (
          <li key={`${source.kind} ${source.id}`} data-state={source.state}>
            <span className={styles.sourceName}>{sourceName(source, members, texts)}</span>
            <span className={styles.note}>
              {[
                texts.share.sourceStates[source.state],
                texts.share.sourceHas(percentText(source.heldThousandths, 1000, locale)),
                texts.share.sourceGave(sizeText(source.bytes, locale)),
              ].join(', ')}
              {source.reason !== undefined && ` (${source.reason})`}
            </span>
            <span className={styles.rate}>
              {source.bytesPerSecond > 0 && rateText(source.bytesPerSecond, locale)}
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}
