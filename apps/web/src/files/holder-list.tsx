/** Who has how much of a share, as far as their devices have said. */

import type { ShareHolder } from '@hamlet/http/api'
import { useTexts } from '../app-context.tsx'
import { percentText } from '../format/sizes.ts'
import { useRelative } from '../ui/time.tsx'
import { ProgressBar } from './progress-bar.tsx'
import type { ShareDetailProps } from './share-detail-props.ts'
import styles from './share-drawer.module.css'
import { deviceName } from './share-words.ts'
import { useMembers, useShareWords } from './use-files.ts'

export function HolderList({ space, share }: ShareDetailProps) {
  const { share: texts } = useTexts()
  const holders = share.holders.toSorted(
    (a, b) => Number(b.isThisDevice) - Number(a.isThisDevice) || b.heldBytes - a.heldBytes,
  )
  return (
    <section className={styles.block}>
      <h3>{texts.holders}</h3>
      {holders.length === 0 && <p className={styles.note}>{texts.noHolders}</p>}
      <ul className={styles.holders}>
        {holders.map((holder) => (
          <HolderRow
            key={holder.device}
            space={space}
            holder={holder}
            totalBytes={share.totalBytes}
          />
        ))}
      </ul>
    </section>
  )
}

interface HolderRowProps {
  readonly space: string | undefined
  readonly holder: ShareHolder
  readonly totalBytes: number
}

function HolderRow({ space, holder, totalBytes }: HolderRowProps) {
  const { texts, locale } = useShareWords()
  const { share: words } = texts
  const relative = useRelative()
  const members = useMembers(space)
  const name = deviceName(holder.person, holder.isThisDevice, members, texts)
  const isAll = holder.heldBytes >= totalBytes
  const held = isAll
    ? words.holdsAll
    : holder.heldBytes === 0
      ? words.holdsNone
      : words.holdsPart(percentText(holder.heldBytes, totalBytes, locale))
  return (
    <li>
      <span className={styles.holderName}>{name}</span>
      <span className={styles.held}>{held}</span>
      <ProgressBar label={name} part={holder.heldBytes} whole={totalBytes} />
      {!holder.isThisDevice && (
        <span className={styles.note}>
          {holder.isConnected ? words.connected : words.lastSaid(relative(holder.atMs))}
        </span>
      )}
    </li>
  )
}
