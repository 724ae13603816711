/** How what was dropped or chosen is shared: under which name, together or each on its own, and who can read it. */

import { useState } from 'react'
import type { FormEvent } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { NAME_LENGTH_MAX } from '../chat/limits.ts'
import { sizeText } from '../format/sizes.ts'
import type { ShareOffer, UploadPlan } from '../state/upload-job.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Choice, Field } from '../ui/field.tsx'
import { fileCount, together, totalBytes } from './dropped.ts'
import type { DroppedItem } from './dropped.ts'
import styles from './share-drawer.module.css'
import { useShareWords, useSpaceName } from './use-files.ts'

type How = 'together' | 'apart'
type Who = 'members' | 'public'

export function ShareFilesDialog({ offer }: { readonly offer: ShareOffer }) {
  const { store, show } = useApp()
  const { texts, locale } = useShareWords()
  const { upload } = texts
  const { items, unread, space } = offer
  const [how, setHow] = useState<How>('together')
  const [who, setWho] = useState<Who>('members')
  const [name, setName] = useState(() => firstName(items, texts.files.count))
  const close = () => show({ kind: 'none' })
  const hasName = items.length === 1 || how === 'together'
  const ready = items.length > 0 && (!hasName || name.trim() !== '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    const shared = hasName ? [named(name.trim(), items)] : items
    const common = { ...(space === undefined ? {} : { space }), isPublic: who === 'public' }
    store.files.upload(shared.map((item): UploadPlan => ({ ...item, ...common })))
    close()
  }
  const count = texts.files.total(fileCount(items), sizeText(totalBytes(items), locale))
  return (
    <Dialog title={upload.title} lead={upload.lead(count)} onClose={close}>
      <form className={styles.form} onSubmit={submit}>
        {items.length === 0 && <p role="alert">{upload.nothing}</p>}
        {unread.length > 0 && (
          <p className={styles.warning}>{upload.unread(texts.files.count(unread.length))}</p>
        )}
        {hasName && items.length > 0 && (
          <Field
            label={upload.name}
            value={name}
            maxLength={NAME_LENGTH_MAX}
            onChange={(event) => setName(event.target.value)}
          />
        )}
        {items.length > 1 && <HowChoice how={how} onChange={setHow} />}
        {items.length > 0 && <WhoChoice who={who} space={space} onChange={setWho} />}
        <DialogActions>
          <Button onClick={close}>{texts.common.cancel}</Button>
          <Button tone="primary" type="submit" disabled={!ready}>
            {upload.action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

interface HowChoiceProps {
  readonly how: How
  readonly onChange: (how: How) => void
}

function HowChoice({ how, onChange }: HowChoiceProps) {
  const { upload } = useTexts()
  return (
    <Choice
      legend={upload.how}
      value={how}
      options={[
        { value: 'together', label: upload.together },
        { value: 'apart', label: upload.apart },
      ]}
      onChange={onChange}
    />
  )
}

interface WhoChoiceProps {
  readonly who: Who
  readonly space: string | undefined
  readonly onChange: (who: Who) => void
}

function WhoChoice({ who, space, onChange }: WhoChoiceProps) {
  const { upload } = useTexts()
  const name = useSpaceName(space)
  const sealed =
    space === undefined
      ? { label: upload.byLink, hint: upload.byLinkHint }
      : { label: upload.members(name), hint: upload.membersHint }
  return (
    <Choice
      legend={upload.who}
      value={who}
      options={[
        { value: 'members', ...sealed },
        { value: 'public', label: upload.public, hint: upload.publicHint },
      ]}
      onChange={onChange}
    />
  )
}

/** One item keeps its name; several are called after how many they are. */
function firstName(items: readonly DroppedItem[], count: (files: number) => string): string {
  const [only] = items
  return only !== undefined && items.length === 1 ? only.name : count(fileCount(items))
}

/** A single file is shared under its name in the list; the file itself keeps the name it is saved under. */
function named(name: string, items: readonly DroppedItem[]): DroppedItem {
  const [only] = items
  return only !== undefined && items.length === 1 ? { ...only, name } : together(name, items)
}
