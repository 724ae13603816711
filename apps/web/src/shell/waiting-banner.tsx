/** Why this device writes nothing in a space yet; where it was put back from a backup, also the way not to wait. */

import type { Waiting } from '@hamlet/http/api'
import { Hourglass } from 'lucide-react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import type { Texts } from '../i18n/en.ts'
import { Button } from '../ui/button.tsx'
import styles from './banner.module.css'

export function WaitingBanner({ space }: { readonly space: string }) {
  const { store } = useApp()
  const { waiting } = useTexts()
  const state = useSelect((all) => all.spaces?.find((each) => each.id === space)?.waiting)
  if (state === undefined) return null
  const isDoubt = state === 'confirmation'
  const [what, hint] = wordsOf(state, waiting)
  return (
    <div className={styles.banner} data-tone="warning" role="status">
      <Hourglass />
      <p>
        <strong>{what}</strong> {hint}
      </p>
      {isDoubt && (
        <Button size="small" onClick={() => void store.people.writeAnyway(space)}>
          {waiting.writeAnyway}
        </Button>
      )}
    </div>
  )
}

function wordsOf(state: Waiting, texts: Texts['waiting']): readonly [what: string, hint: string] {
  switch (state) {
    case 'confirmation':
      return [texts.confirmation, texts.confirmationHint]
    case 'own-entries':
      return [texts.ownEntries, texts.ownEntriesHint]
    case 'update':
      return [texts.update, texts.updateHint]
  }
}
