/** Starts a space and goes there. */

import type { SpaceDetail } from '@hamlet/http/api'
import { useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { Choice } from '../ui/field.tsx'
import { NameDialog } from '../ui/name-dialog.tsx'

export function NewSpaceDialog() {
  const { store, go, show } = useApp()
  const { space } = useTexts()
  const [history, setHistory] = useState<SpaceDetail['history']>('all')
  return (
    <NameDialog
      title={space.newTitle}
      lead={space.newLead}
      label={space.nameLabel}
      placeholder={space.namePlaceholder}
      action={space.create}
      onName={async (name) => {
        const id = await store.createSpace(name, { history })
        if (id === undefined) return
        show({ kind: 'none' })
        go({ at: 'overview', space: id })
      }}
    >
      <Choice
        legend={space.history}
        value={history}
        onChange={setHistory}
        options={[
          { value: 'all', label: space.historyAll, hint: space.historyAllHint },
          { value: 'from-join', label: space.historyFromJoin, hint: space.historyFromJoinHint },
        ]}
      />
    </NameDialog>
  )
}
