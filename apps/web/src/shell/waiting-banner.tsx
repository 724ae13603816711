/** On a device that was copied or put back from a backup: why nothing is written yet, and the way not to wait. */

import { Hourglass } from 'lucide-react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import styles from './banner.module.css'

export function WaitingBanner({ space }: { readonly space: string }) {
  const { store } = useApp()
  const { waiting } = useTexts()
  const state = useSelect((all) => all.spaces?.find((each) => each.id === space)?.waiting)
  if (state === undefined) return null
  const isDoubt = state === 'confirmation'
  return (
    <div className={styles.banner} data-tone="warning" role="status">
      <Hourglass />
      <p>
        <strong>{isDoubt ? waiting.confirmation : waiting.ownEntries}</strong>{' '}
        {isDoubt ? waiting.confirmationHint : waiting.ownEntriesHint}
      </p>
      {isDoubt && (
        <Button size="small" onClick={() => void store.people.writeAnyway(space)}>
          {waiting.writeAnyway}
        </Button>
      )}
    </div>
  )
}
