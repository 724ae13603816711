/** Says that the peer is gone, and that nothing on the screen is lost. It appears only when that is known. */

import { Unplug } from 'lucide-react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import styles from './banner.module.css'

export function ConnectionBanner() {
  const { store } = useApp()
  const { status, common } = useTexts()
  const lost = useSelect((state) => state.connection === 'lost')
  if (!lost) return null
  return (
    <div className={styles.banner} data-tone="warning" role="status">
      <Unplug />
      <p>
        <strong>{status.offline}.</strong> {status.offlineHint}
      </p>
      <Button size="small" onClick={() => void store.check()}>
        {common.retry}
      </Button>
    </div>
  )
}
