/** What is being shared right now, above the list: how far the peer has taken it in, and what went wrong. */

import { RotateCw, X } from 'lucide-react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { sizeText } from '../format/sizes.ts'
import type { UploadJob } from '../state/upload-job.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { fileErrorWords } from './file-errors.ts'
import styles from './moving.module.css'
import { ProgressBar } from './progress-bar.tsx'
import { useShareWords } from './use-files.ts'

/** `list`: of one space or by link; absent: all. */
export function UploadList({ list }: { readonly list?: string }) {
  const all = useSelect((state) => state.files.uploads)
  const { upload: texts } = useTexts()
  const jobs = all.filter(({ space }) => list === undefined || (space ?? '') === list)
  if (jobs.length === 0) return null
  return (
    <ul className={styles.jobs} aria-label={texts.title}>
      {jobs.map((job) => (
        <UploadRow key={job.id} job={job} />
      ))}
    </ul>
  )
}

function UploadRow({ job }: { readonly job: UploadJob }) {
  const { store } = useApp()
  const texts = useTexts()
  return (
    <li className={styles.job} data-state={job.state}>
      <div className={styles.line}>
        <strong>{job.name}</strong>
        {job.state === 'failed' && (
          <Button size="small" icon={<RotateCw />} onClick={() => store.files.retryUpload(job.id)}>
            {texts.common.retry}
          </Button>
        )}
        <IconButton
          label={`${texts.upload.cancel}: ${job.name}`}
          onClick={() => store.files.cancelUpload(job.id)}
        >
          <X />
        </IconButton>
      </div>
      <ProgressBar label={job.name} part={job.sentBytes} whole={job.totalBytes} />
      <UploadState job={job} />
    </li>
  )
}

const NAMES_SHOWN = 5

function UploadState({ job }: { readonly job: UploadJob }) {
  const { texts, locale } = useShareWords()
  const { upload } = texts
  const names = job.left.slice(0, NAMES_SHOWN).join(', ')
  return (
    <>
      {job.state === 'failed' ? (
        <p role="alert" className={styles.error}>
          {fileErrorWords(job.reason ?? '', texts)}
        </p>
      ) : (
        <p className={styles.note}>
          {job.state === 'waiting' && upload.waiting}
          {job.state === 'sending' &&
            upload.progress(sizeText(job.sentBytes, locale), sizeText(job.totalBytes, locale))}
          {job.state === 'finishing' && upload.finishing}
        </p>
      )}
      {job.left.length > 0 && (
        <p className={styles.warning}>{upload.left(texts.files.count(job.left.length), names)}</p>
      )}
    </>
  )
}
