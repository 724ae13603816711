/** Makes an invitation and shows it: as a link and as a QR code of the same bytes. */

import type { Invite, InviteMode, InviteRole } from '@hamlet/http/api'
import { useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Choice, SelectField } from '../ui/field.tsx'
import { InviteShare } from './invite-share.tsx'
import styles from './people.module.css'

interface InviteDialogProps {
  readonly space: string
  /** An invitation to show again. */
  readonly inviteId: string | undefined
}

export function InviteDialog({ space, inviteId }: InviteDialogProps) {
  const { show } = useApp()
  const texts = useTexts()
  const [made, setMade] = useState<Invite | undefined>(undefined)
  const known = useSelect((state) =>
    (state.spaceStates[space] ?? EMPTY_SPACE).invites?.find((invite) => invite.id === inviteId),
  )
  const close = () => show({ kind: 'none' })
  const link = made?.link ?? known?.link
  if (link !== undefined) {
    return (
      <Dialog title={texts.invite.readyTitle} lead={texts.invite.readyLead} onClose={close}>
        <InviteShare link={link} onDone={close} />
      </Dialog>
    )
  }
  return (
    <Dialog title={texts.invite.title} lead={texts.invite.lead} onClose={close}>
      <InviteForm space={space} onInvite={setMade} />
    </Dialog>
  )
}

const HOUR_SECONDS = 3600
const DAY_SECONDS = 24 * HOUR_SECONDS
const ROLES = ['writer', 'reader', 'admin', 'relay'] as const
const USES = ['1', '5', '20', '100'] as const

interface InviteFormProps {
  readonly space: string
  readonly onInvite: (invite: Invite) => void
}

function InviteForm({ space, onInvite }: InviteFormProps) {
  const { store } = useApp()
  const texts = useTexts()
  const [role, setRole] = useState<InviteRole>('writer')
  const [mode, setMode] = useState<InviteMode>('approve')
  const [expires, setExpires] = useState(String(7 * DAY_SECONDS))
  const [uses, setUses] = useState<string>('1')
  const [busy, setBusy] = useState(false)
  const create = async () => {
    setBusy(true)
    const options = { role, mode, expiresInSeconds: Number(expires), maxUses: Number(uses) }
    const invite = await store.createInvite(space, options)
    setBusy(false)
    if (invite !== undefined) onInvite(invite)
  }
  return (
    <>
      <SelectField
        label={texts.invite.role}
        value={role}
        onChange={setRole}
        options={ROLES.map((value) => ({
          value,
          label: `${texts.roles[value]}: ${texts.roleHints[value]}`,
        }))}
      />
      <Choice
        legend={texts.invite.mode}
        value={mode}
        onChange={setMode}
        options={[
          { value: 'approve', label: texts.invite.approve, hint: texts.invite.approveHint },
          { value: 'auto', label: texts.invite.auto, hint: texts.invite.autoHint },
        ]}
      />
      <div className={styles.pair}>
        <SelectField
          label={texts.invite.expires}
          value={expires}
          onChange={setExpires}
          options={expiryOptions(texts.invite)}
        />
        <SelectField
          label={texts.invite.uses}
          value={uses}
          onChange={setUses}
          options={USES.map((value) => ({ value, label: value }))}
        />
      </div>
      <DialogActions>
        <Button tone="primary" disabled={busy} onClick={() => void create()}>
          {texts.invite.create}
        </Button>
      </DialogActions>
    </>
  )
}

function expiryOptions(texts: ReturnType<typeof useTexts>['invite']) {
  return [
    { value: String(HOUR_SECONDS), label: texts.hour },
    { value: String(DAY_SECONDS), label: texts.day },
    { value: String(7 * DAY_SECONDS), label: texts.week },
    { value: String(30 * DAY_SECONDS), label: texts.month },
    { value: String(365 * DAY_SECONDS), label: texts.year },
  ]
}
