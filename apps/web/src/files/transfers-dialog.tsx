/** Everything that moves: what is being taken in, loaded, and sent to others. */

import { ArrowDownUp } from 'lucide-react'
import { useEffect } from 'react'
import type { Transfer } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Empty } from '../ui/empty.tsx'
import { fileErrorWords } from './file-errors.ts'
import styles from './moving.module.css'
import { PiecesBar } from './pieces-bar.tsx'
import { transferFacts } from './share-words.ts'
import { TransferButtons } from './transfer-view.tsx'
import { UploadList } from './upload-list.tsx'
import { useShareWords } from './use-files.ts'

const NOTHING: readonly never[] = []

export function TransfersDialog() {
  const { store, show } = useApp()
  const { moving: texts } = useTexts()
  const transfers = useSelect((state) => state.files.transfers ?? NOTHING)
  const uploads = useSelect((state) => state.files.uploads)
  useEffect(() => store.files.loadTransfers(), [store])
  return (
    <Dialog shape="wide" title={texts.title} onClose={() => show({ kind: 'none' })}>
      {transfers.length === 0 && uploads.length === 0 && (
        <Empty icon={<ArrowDownUp />} title={texts.none} hint={texts.noneHint} />
      )}
      <UploadList />
      {transfers.length > 0 && (
        <ul className={styles.jobs} aria-label={texts.title}>
          {transfers.map((transfer) => (
            <TransferRow key={transfer.share} transfer={transfer} />
          ))}
        </ul>
      )}
    </Dialog>
  )
}

function TransferRow({ transfer }: { readonly transfer: Transfer }) {
  const { show } = useApp()
  const words = useShareWords()
  const { space, share } = transfer
  const open = () => show({ kind: 'share', share, ...(space === undefined ? {} : { space }) })
  const facts = [words.texts.files.states[transfer.state], ...transferFacts(transfer, words)]
  return (
    <li className={styles.job} data-state={transfer.state}>
      <div className={styles.line}>
        <button type="button" className={styles.name} onClick={open}>
          {transfer.name}
        </button>
        <TransferButtons transfer={transfer} />
      </div>
      {transfer.direction === 'down' && transfer.state !== 'done' && (
        <PiecesBar pieces={transfer.pieces} />
      )}
      <p className={styles.note}>{facts.join(' · ')}</p>
      {(transfer.state === 'failed' || transfer.reason !== undefined) && (
        <p role="alert" className={styles.error}>
          {fileErrorWords(transfer.reason ?? '', words.texts)}
        </p>
      )}
    </li>
  )
}
