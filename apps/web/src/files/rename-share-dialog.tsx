/** Another name for a share, in the list of everybody. Names of files in it stay. */

import { useState } from 'react'
import type { FormEvent } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { NAME_LENGTH_MAX } from '../chat/limits.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import styles from './share-drawer.module.css'

interface RenameShareDialogProps {
  readonly space: string | undefined
  readonly share: string
}

export function RenameShareDialog({ space, share: id }: RenameShareDialogProps) {
  const { store, show } = useApp()
  const texts = useTexts()
  const share = useSelect((state) =>
    state.files.lists[space ?? '']?.shares?.find((each) => each.id === id),
  )
  const [name, setName] = useState(share?.name ?? '')
  const back = () => show({ kind: 'share', share: id, ...(space === undefined ? {} : { space }) })
  const wanted = name.trim()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (share === undefined || wanted === '') return
    back()
    if (wanted !== share.name) void store.files.rename(share, wanted)
  }
  return (
    <Dialog title={texts.share.rename} onClose={back}>
      <form className={styles.form} onSubmit={submit}>
        <Field
          label={texts.share.name}
          value={name}
          maxLength={NAME_LENGTH_MAX}
          onChange={(event) => setName(event.target.value)}
        />
        <DialogActions>
          <Button onClick={back}>{texts.common.cancel}</Button>
          <Button tone="primary" type="submit" disabled={wanted === ''}>
            {texts.common.save}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
