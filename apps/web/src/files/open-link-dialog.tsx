/** Takes up files by a link that somebody sent. Nothing is loaded yet. */

import { useState } from 'react'
import type { FormEvent } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { codeOf } from '../state/error-words.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { fileErrorWords } from './file-errors.ts'
import { linkOf } from './share-links.ts'
import styles from './share-drawer.module.css'

export function OpenLinkDialog({ link: given }: { readonly link: string }) {
  const { store, show } = useApp()
  const texts = useTexts()
  const { shareLink } = texts
  const [link, setLink] = useState(given)
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const [isBusy, setIsBusy] = useState(false)
  const close = () => show({ kind: 'none' })
  const open = async () => {
    setIsBusy(true)
    try {
      const share = await store.files.openLink(linkOf(link))
      show({
        kind: 'share',
        share: share.id,
        ...(share.space === undefined ? {} : { space: share.space }),
      })
    } catch (error) {
      setProblem(fileErrorWords(codeOf(error), texts))
      setIsBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (link.trim() !== '' && !isBusy) void open()
  }
  return (
    <Dialog title={shareLink.openTitle} lead={shareLink.openLead} onClose={close}>
      <form className={styles.form} onSubmit={submit}>
        <Field
          label={shareLink.openLabel}
          value={link}
          error={problem}
          onChange={(event) => {
            setLink(event.target.value)
            setProblem(undefined)
          }}
        />
        <DialogActions>
          <Button onClick={close}>{texts.common.cancel}</Button>
          <Button tone="primary" type="submit" disabled={link.trim() === '' || isBusy}>
            {shareLink.open}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
