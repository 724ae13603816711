/** Receipts and other files of a bill: what is there, what is on its way there, and adding more by hand or by dropping. */

import { Paperclip } from 'lucide-react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { AttachmentList } from '../files/attachment-list.tsx'
import styles from '../files/attachments.module.css'
import { fileErrorWords } from '../files/file-errors.ts'
import { pickFiles } from '../files/pick-files.ts'
import { canInvite, ownRole } from '../people/roles.ts'
import type { AttachJob } from '../state/upload-job.ts'
import { Button } from '../ui/button.tsx'
import billStyles from './bill-drawer.module.css'
import type { DetailProps } from './detail-props.ts'
import { useMayBill } from './may-bill.ts'

export function BillReceipts({ space, detail }: DetailProps) {
  const { store } = useApp()
  const { attach: texts } = useTexts()
  const mayBill = useMayBill(space)
  const self = useSelect((state) => state.status?.person)
  const isAdmin = useSelect((state) => canInvite(ownRole(state, space)))
  const attaching = useSelect((state) => state.files.attaching)
  const jobs = attaching.filter(({ expense }) => expense === detail.id)
  if (detail.attached.length === 0 && jobs.length === 0 && !mayBill) return null
  const add = async () => {
    const files = await pickFiles('files')
    void store.attachments.attach(space, detail.id, files)
  }
  return (
    <section className={billStyles.block}>
      <h3>{texts.receipts}</h3>
      {detail.attached.length > 0 && (
        <AttachmentList
          space={space}
          files={detail.attached}
          back={{ kind: 'bill', space, bill: detail.id }}
          {...(mayBill
            ? { onRemove: ({ id }) => void store.attachments.detach(space, detail.id, id) }
            : {})}
          mayRemove={(file) =>
            isAdmin || detail.attached.some(({ id, person }) => id === file.id && person === self)
          }
        />
      )}
      {jobs.map((job) => (
        <Job key={job.id} job={job} />
      ))}
      {mayBill && (
        <div className={styles.actions}>
          <Button size="small" icon={<Paperclip />} onClick={() => void add()}>
            {texts.addReceipt}
          </Button>
        </div>
      )}
    </section>
  )
}

function Job({ job }: { readonly job: AttachJob }) {
  const { store } = useApp()
  const texts = useTexts()
  if (job.state === 'sending') return <p>{texts.attach.sending(job.file.name)}</p>
  return (
    <div role="alert" className={styles.failed}>
      <p>
        <strong>{job.file.name}</strong>: {fileErrorWords(job.reason ?? '', texts)}
      </p>
      <div className={styles.actions}>
        <Button size="small" onClick={() => void store.attachments.retry(job)}>
          {texts.common.retry}
        </Button>
        <Button size="small" tone="quiet" onClick={() => store.attachments.discard(job.id)}>
          {texts.message.discard}
        </Button>
      </div>
    </div>
  )
}
