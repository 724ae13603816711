/** Offers the recovery words once somebody else is here: from then on there is something to lose. */

import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { shouldOfferRecovery } from '../state/recovery-offer.ts'
import { Button } from '../ui/button.tsx'
import styles from './banner.module.css'

export function RecoveryBanner() {
  const { store, show } = useApp()
  const { recovery } = useTexts()
  const [answered, setAnswered] = useState(() => store.notes.value('recovery'))
  const offered = useSelect((state) => shouldOfferRecovery(state.spaces, answered))
  if (!offered) return null
  const answer = (value: string) => {
    store.notes.setValue('recovery', value)
    setAnswered(value)
  }
  return (
    <div className={styles.banner} role="status">
      <KeyRound />
      <p>{recovery.offer}</p>
      <Button
        size="small"
        onClick={() => {
          answer('shown')
          show({ kind: 'recovery' })
        }}
      >
        {recovery.show}
      </Button>
      <Button size="small" tone="quiet" onClick={() => answer('later')}>
        {recovery.later}
      </Button>
    </div>
  )
}
