/** The files on a space's front: how many there are, and the newest. */

import { Files } from 'lucide-react'
import { useEffect } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import styles from '../bills/bills-block.module.css'
import { sizeText } from '../format/sizes.ts'
import { useRelative } from '../ui/time.tsx'
import { useShareList, useShareWords } from './use-files.ts'

export function FilesBlock({ space }: { readonly space: string }) {
  const { store, go } = useApp()
  const { files: texts } = useTexts()
  const { locale } = useShareWords()
  const relative = useRelative()
  const { shares } = useShareList(space)
  useEffect(() => store.files.open(space), [store, space])
  const [newest] = shares ?? []
  if (shares === undefined || newest === undefined) return null
  const count = shares.reduce((sum, share) => sum + share.fileCount, 0)
  const bytes = shares.reduce((sum, share) => sum + share.totalBytes, 0)
  return (
    <section className={styles.block}>
      <h2>{texts.title}</h2>
      <button type="button" className={styles.row} onClick={() => go({ at: 'files', space })}>
        <Files />
        <span>
          <strong>{texts.total(count, sizeText(bytes, locale))}</strong>
          <span className={styles.newest}>
            <span>{newest.name}</span>
            {`, ${relative(newest.createdAtMs)}`}
          </span>
        </span>
      </button>
    </section>
  )
}
