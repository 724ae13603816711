/** One share in the list: what it is, whose, where it is, and how far it has come. */

import type { Share } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import { percentText, sizeText } from '../format/sizes.ts'
import { Time } from '../ui/time.tsx'
import styles from './files.module.css'
import { MediaIcon } from './media-icon.tsx'
import { shareKind } from './share-filter.ts'
import { hereWords, personName, whereWords } from './share-words.ts'
import { useDeviceCount, useMembers, useShareWords, useTransfer } from './use-files.ts'

interface ShareRowProps {
  readonly space: string | undefined
  readonly share: Share
}

export function ShareRow({ space, share }: ShareRowProps) {
  const { show } = useApp()
  const words = useShareWords()
  const members = useMembers(space)
  const kind = shareKind(share)
  const by = share.person === undefined ? undefined : personName(share.person, members, words.texts)
  return (
    <button
      type="button"
      className={styles.share}
      data-row=""
      data-removed={share.isRemoved}
      onClick={() =>
        show({ kind: 'share', share: share.id, ...(space === undefined ? {} : { space }) })
      }
    >
      <span className={styles.icon} data-kind={kind}>
        <MediaIcon kind={kind} mediaType={share.mediaType} />
      </span>
      <span className={styles.what}>
        <strong>{share.name}</strong>
        <span className={styles.about}>
          {by !== undefined && <span>{by}</span>}
          {share.isFolder && <span>{words.texts.files.count(share.fileCount)}</span>}
          <Where space={space} share={share} />
        </span>
      </span>
      <span className={styles.side}>
        <span>{sizeText(share.totalBytes, words.locale)}</span>
        <Progress share={share} />
      </span>
    </button>
  )
}

function Where({ space, share }: ShareRowProps) {
  const words = useShareWords()
  const { where } = useTexts().files
  const devices = useDeviceCount(space)
  const here = hereWords(share, words)
  return (
    <>
      <span data-few={share.wholeCopies <= 1}>{whereWords(share, devices, words)}</span>
      {here !== undefined && <span>{here}</span>}
      {share.isPinned && <span className={styles.mark}>{where.kept}</span>}
      {share.isPublic && <span className={styles.mark}>{where.public}</span>}
    </>
  )
}

/** While something comes, how far it is; else when it was shared. */
function Progress({ share }: { readonly share: Share }) {
  const { locale, texts } = useShareWords()
  const transfer = useTransfer(share.id)
  const isShown =
    transfer !== undefined && transfer.state !== 'done' && transfer.state !== 'serving'
  if (!isShown) return <Time atMs={share.createdAtMs} style="list" className={styles.time} />
  const percent = percentText(transfer.heldBytes, transfer.wantedBytes, locale)
  return (
    <span className={styles.progress} data-state={transfer.state}>
      {transfer.state === 'loading' ? percent : `${texts.files.states[transfer.state]}, ${percent}`}
    </span>
  )
}
