/** Starts a space and goes there. */

import { useApp, useTexts } from '../app-context.tsx'
import { NameDialog } from '../ui/name-dialog.tsx'

export function NewSpaceDialog() {
  const { store, go, show } = useApp()
  const { space } = useTexts()
  return (
    <NameDialog
      title={space.newTitle}
      lead={space.newLead}
      label={space.nameLabel}
      placeholder={space.namePlaceholder}
      action={space.create}
      onName={async (name) => {
        const id = await store.createSpace(name)
        if (id === undefined) return
        show({ kind: 'none' })
        go({ at: 'overview', space: id })
      }}
    />
  )
}
