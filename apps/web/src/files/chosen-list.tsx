/** What was chosen and is not sent yet; each can be taken out again. */

import { X } from 'lucide-react'
import { useTexts } from '../app-context.tsx'
import { sizeText } from '../format/sizes.ts'
import { IconButton } from '../ui/button.tsx'
import styles from './attachments.module.css'
import { MediaIcon } from './media-icon.tsx'
import { mediaKind } from './share-filter.ts'
import { useShareWords } from './use-files.ts'
import type { Chosen } from './use-chosen.ts'

export function ChosenList({ chosen }: { readonly chosen: Chosen }) {
  const { attach } = useTexts()
  const { locale } = useShareWords()
  if (chosen.files.length === 0) return null
  return (
    <ul className={styles.chosen} aria-label={attach.chosen}>
      {chosen.files.map((file, index) => (
        <li key={`${index} ${file.name}`}>
          <MediaIcon kind={mediaKind(file.type)} mediaType={file.type} />
          <span className={styles.name}>{file.name}</span>
          <span className={styles.note}>{sizeText(file.size, locale)}</span>
          <IconButton label={attach.takeOut(file.name)} onClick={() => chosen.remove(file)}>
            <X />
          </IconButton>
        </li>
      ))}
    </ul>
  )
}
