/** Joining: the link, what it says, and asking. What happens afterwards is in `joins-pane.tsx`. */

import type { InvitePreview } from '@hamlet/http/api'
import { useCallback, useEffect, useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { NAME_LENGTH_MAX } from '../chat/limits.ts'
import { nameOr } from '../format/people.ts'
import { dateAndTime } from '../format/time.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { errorToWords } from '../state/error-words.ts'
import styles from './join.module.css'

export function JoinDialog({ link: given }: { readonly link: string }) {
  const { store, show } = useApp()
  const texts = useTexts()
  const [link, setLink] = useState(given)
  const [preview, setPreview] = useState<InvitePreview | undefined>(undefined)
  const [error, setError] = useState<string | undefined>(undefined)
  const look = useCallback(
    (text: string) => {
      store.api.previewInvite(text.trim()).then(
        (found) => setPreview(found),
        () => setError(texts.join.badLink),
      )
    },
    [store, texts],
  )
  useEffect(() => {
    if (given !== '') look(given)
  }, [given, look])
  return (
    <Dialog title={texts.join.title} onClose={() => show({ kind: 'none' })}>
      {preview === undefined ? (
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault()
            look(link)
          }}
        >
          <Field
            label={texts.join.linkLabel}
            hint={texts.join.lead}
            error={error}
            value={link}
            spellCheck={false}
            onChange={(event) => {
              setLink(event.target.value)
              setError(undefined)
            }}
          />
          <DialogActions>
            <Button tone="primary" type="submit" disabled={link.trim() === ''}>
              {texts.join.look}
            </Button>
          </DialogActions>
        </form>
      ) : (
        <Preview link={link.trim()} preview={preview} />
      )}
    </Dialog>
  )
}

interface PreviewProps {
  readonly link: string
  readonly preview: InvitePreview
}

function Preview({ link, preview }: PreviewProps) {
  const { words } = useApp()
  const texts = useTexts()
  return (
    <>
      <div className={styles.preview}>
        <Avatar id={preview.space} name={preview.spaceName} size="large" shape="space" />
        <p>{texts.join.invites(nameOr(preview.inviterName, texts))}</p>
        <h2>{preview.spaceName}</h2>
      </div>
      {preview.expired ? (
        <p className={styles.warning}>{texts.join.expired}</p>
      ) : preview.alreadyMember ? (
        <AlreadyMember space={preview.space} />
      ) : (
        <>
          <p className={styles.facts}>
            {texts.join.asRole(texts.roles[preview.role])}{' '}
            {preview.mode === 'approve' ? texts.join.approveHint : texts.join.autoHint}{' '}
            {texts.join.validUntil(dateAndTime(preview.expiresAtMs, words.locale))}
          </p>
          <AskForm link={link} preview={preview} />
        </>
      )}
    </>
  )
}

function AlreadyMember({ space }: { readonly space: string }) {
  const { go, show } = useApp()
  const { join } = useTexts()
  const open = () => {
    show({ kind: 'none' })
    go({ at: 'overview', space })
  }
  return (
    <>
      <p className={styles.facts}>{join.already}</p>
      <DialogActions>
        <Button tone="primary" onClick={open}>
          {join.open}
        </Button>
      </DialogActions>
    </>
  )
}

function AskForm({ link, preview }: PreviewProps) {
  const { store, go, show, words } = useApp()
  const { join } = useTexts()
  const known = useSelect((state) => state.status?.name ?? '')
  const [name, setName] = useState(known)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | undefined>(undefined)
  const ask = async () => {
    setBusy(true)
    try {
      await store.join(link, name.trim() === known ? undefined : name.trim())
      show({ kind: 'none' })
      go({ at: 'start' })
    } catch (failure) {
      setError(errorToWords(failure, words.texts, 'join'))
      setBusy(false)
    }
  }
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '' && !busy) void ask()
      }}
    >
      <Field
        label={join.yourName}
        value={name}
        maxLength={NAME_LENGTH_MAX}
        error={error}
        onChange={(event) => setName(event.target.value)}
      />
      <DialogActions>
        <Button tone="primary" type="submit" disabled={name.trim() === '' || busy}>
          {preview.mode === 'approve' ? join.ask : join.joinNow}
        </Button>
      </DialogActions>
    </form>
  )
}
