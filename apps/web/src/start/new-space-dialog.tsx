/** Starts a space and goes there. */

import type { SpaceDetail } from '@hamlet/http/api'
import { useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { Choice, SelectField } from '../ui/field.tsx'
import { NameDialog } from '../ui/name-dialog.tsx'

const NEVER = 'never'
/** Milliseconds. */
const DISAPPEAR_CHOICES = [NEVER, '86400000', '604800000', '2592000000']

export function NewSpaceDialog() {
  const { store, go, show } = useApp()
  const { space } = useTexts()
  const [history, setHistory] = useState<SpaceDetail['history']>('all')
  const [disappear, setDisappear] = useState(NEVER)
  const isLasting = disappear === NEVER
  return (
    <NameDialog
      title={space.newTitle}
      lead={space.newLead}
      label={space.nameLabel}
      placeholder={space.namePlaceholder}
      action={space.create}
      onName={async (name) => {
        const options = isLasting ? { history } : { disappearAfterMs: Number(disappear) }
        const id = await store.createSpace(name, options)
        if (id === undefined) return
        show({ kind: 'none' })
        go({ at: 'overview', space: id })
      }}
    >
      <SelectField
        label={space.disappear}
        value={disappear}
        onChange={setDisappear}
        options={DISAPPEAR_CHOICES.map((value) => {
          return { value, label: space.disappearChoices[value] ?? value }
        })}
      />
      {isLasting ? (
        <Choice
          legend={space.history}
          value={history}
          onChange={setHistory}
          options={[
            { value: 'all', label: space.historyAll, hint: space.historyAllHint },
            { value: 'from-join', label: space.historyFromJoin, hint: space.historyFromJoinHint },
          ]}
        />
      ) : (
        <p>{space.disappearHint}</p>
      )}
    </NameDialog>
  )
}
