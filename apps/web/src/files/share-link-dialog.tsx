/** The link of a share, and in plain words what it gives away. */

import { Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ShareLink } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import styles from './share-drawer.module.css'

interface ShareLinkDialogProps {
  readonly space: string | undefined
  readonly share: string
}

export function ShareLinkDialog({ space, share }: ShareLinkDialogProps) {
  const { store, show } = useApp()
  const { shareLink: texts } = useTexts()
  const [link, setLink] = useState<ShareLink | undefined>(undefined)
  const isPublic = useSelect(
    (state) =>
      state.files.lists[space ?? '']?.shares?.find(({ id }) => id === share)?.isPublic === true,
  )
  const back = () => show({ kind: 'share', share, ...(space === undefined ? {} : { space }) })
  useEffect(() => {
    void store.files.link(share).then(setLink)
  }, [store, share])
  return (
    <Dialog title={texts.title} onClose={back}>
      {isPublic ? <p>{texts.givesPublic}</p> : <p>{texts.gives}</p>}
      <p className={styles.note}>{texts.givesNot}</p>
      {link !== undefined && (
        <>
          <LinkField label={texts.label} link={link.webLink} />
          <LinkField label={texts.appLabel} link={link.link} />
        </>
      )}
    </Dialog>
  )
}

function LinkField({ label, link }: { readonly label: string; readonly link: string }) {
  const { store } = useApp()
  const texts = useTexts()
  const copy = async () => {
    await navigator.clipboard.writeText(link)
    store.notices.show({ tone: 'plain', text: texts.files.copied })
  }
  return (
    <div className={styles.linkLine}>
      <Field label={label} value={link} readOnly onFocus={(event) => event.target.select()} />
      <Button
        icon={<Copy />}
        aria-label={`${texts.shareLink.copy}: ${label}`}
        onClick={() => void copy()}
      >
        {texts.shareLink.copy}
      </Button>
    </div>
  )
}
