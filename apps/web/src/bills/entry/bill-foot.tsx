/** The foot of a bill: why it was not saved, templates, duplicate, and the one next action within reach of a thumb. */

import { BookmarkPlus, Copy, FileStack } from 'lucide-react'
import { useTexts } from '../../app-context.tsx'
import { Button } from '../../ui/button.tsx'
import { Menu, MenuItem } from '../../ui/menu.tsx'
import { bodyToInput } from './bill-changes.ts'
import styles from './bill-dialog.module.css'
import type { useBillEntry } from './use-bill-entry.ts'

export function BillFoot({ work }: { readonly work: ReturnType<typeof useBillEntry> }) {
  const { billForm, common } = useTexts()
  const templates = work.entry.ledger.templates.filter(({ retired }) => !retired)
  const canKeep = work.entry.reading.input !== undefined
  return (
    <div className={styles.foot}>
      {work.failure !== '' && (
        <p className={styles.failure} role="alert">
          {work.failure}
        </p>
      )}
      {(templates.length > 0 || canKeep) && (
        <Menu
          align="start"
          trigger={
            <Button tone="quiet" icon={<FileStack />} aria-label={billForm.templates}>
              <span className={styles.wideOnly}>{billForm.templates}</span>
            </Button>
          }
        >
          {templates.map(({ id, name, expense }) => (
            <MenuItem key={id} onSelect={() => work.useTemplate(bodyToInput(expense))}>
              {billForm.fromTemplate(name)}
            </MenuItem>
          ))}
          {canKeep && (
            <MenuItem icon={<BookmarkPlus />} onSelect={() => void work.saveTemplate()}>
              {billForm.saveTemplate}
            </MenuItem>
          )}
        </Menu>
      )}
      {work.edited !== undefined && (
        <Button
          tone="quiet"
          icon={<Copy />}
          aria-label={billForm.duplicate}
          onClick={work.duplicate}
        >
          <span className={styles.wideOnly}>{billForm.duplicate}</span>
        </Button>
      )}
      <span className={styles.gap} />
      <Button onClick={work.close}>{common.cancel}</Button>
      <Button tone="primary" type="submit" disabled={work.busy}>
        {work.failure === '' ? billForm.save : common.retry}
      </Button>
    </div>
  )
}
