/** One share at the right: what it is and who can read it, how it comes, its files, and who has how much. */

import { useEffect } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Time } from '../ui/time.tsx'
import { HolderList } from './holder-list.tsx'
import { ShareActions } from './share-actions.tsx'
import type { ShareDetailProps } from './share-detail-props.ts'
import styles from './share-drawer.module.css'
import { ShareFileList } from './share-file-list.tsx'
import { contentWords, hereWords, personName, whereWords } from './share-words.ts'
import { TransferView } from './transfer-view.tsx'
import {
  useDeviceCount,
  useMembers,
  useShareWords,
  useSpaceName,
  useTransfer,
} from './use-files.ts'

interface ShareDrawerProps {
  readonly space: string | undefined
  readonly share: string
}

export function ShareDrawer({ space, share: id }: ShareDrawerProps) {
  const { store, show } = useApp()
  const { share: texts } = useTexts()
  const detail = useSelect((state) => state.files.details[id])
  const listed = useSelect((state) =>
    state.files.lists[space ?? '']?.shares?.find((share) => share.id === id),
  )
  useEffect(() => {
    store.files.openShare(id)
    return () => store.files.closeShare(id)
  }, [store, id])
  const title = (typeof detail === 'object' ? detail : listed)?.name ?? texts.title
  return (
    <Dialog shape="drawer" title={title} onClose={() => show({ kind: 'none' })}>
      {detail === 'failed' && <p role="alert">{texts.failed}</p>}
      {typeof detail === 'object' && <Content space={space} share={detail} />}
    </Dialog>
  )
}

function Content({ space, share }: ShareDetailProps) {
  const { share: texts } = useTexts()
  const transfer = useTransfer(share.id)
  return (
    <>
      <Summary space={space} share={share} />
      {share.isRemoved && <p className={styles.warning}>{texts.isRemoved}</p>}
      {transfer !== undefined && <TransferView space={space} transfer={transfer} />}
      <ShareActions space={space} share={share} />
      <ShareFileList space={space} share={share} />
      <HolderList space={space} share={share} />
    </>
  )
}

function Summary({ space, share }: ShareDetailProps) {
  const words = useShareWords()
  const { share: texts } = words.texts
  const members = useMembers(space)
  const devices = useDeviceCount(space)
  const spaceName = useSpaceName(space)
  const here = hereWords(share, words)
  const isOwn = share.person !== undefined && members.get(share.person)?.self === true
  return (
    <section className={styles.summary}>
      <p className={styles.size}>{contentWords(share, words)}</p>
      <p className={styles.where} data-few={share.wholeCopies <= 1}>
        {whereWords(share, devices, words)}
        {here !== undefined && `, ${here}`}
      </p>
      {share.person !== undefined && (
        <p className={styles.note}>
          {isOwn ? texts.youShared : texts.sharedBy(personName(share.person, members, words.texts))}
          {' · '}
          <Time atMs={share.createdAtMs} />
        </p>
      )}
      <p className={styles.access} data-public={share.isPublic}>
        {share.isPublic
          ? texts.public
          : space === undefined
            ? texts.linkOnly
            : texts.membersOnly(spaceName)}
      </p>
    </section>
  )
}
