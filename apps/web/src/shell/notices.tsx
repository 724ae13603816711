/** Short notices above the foot of the page. */

import { CircleAlert, Info, X } from 'lucide-react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import styles from './notices.module.css'

export function Notices() {
  const { store } = useApp()
  const texts = useTexts()
  const notices = useSelect((state) => state.notices)
  return (
    <section className={styles.notices} aria-label={texts.notices.region} aria-live="polite">
      {notices.map((notice) => (
        <div key={notice.id} className={styles.notice} data-tone={notice.tone}>
          {notice.tone === 'danger' ? <CircleAlert /> : <Info />}
          <p>{notice.text}</p>
          {notice.undo !== undefined && (
            <Button size="small" tone="quiet" onClick={notice.undo}>
              {texts.common.undo}
            </Button>
          )}
          <IconButton label={texts.common.dismiss} onClick={() => store.notices.dismiss(notice.id)}>
            <X />
          </IconButton>
        </div>
      ))}
    </section>
  )
}
