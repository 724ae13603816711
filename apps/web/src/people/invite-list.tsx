/** The invitations that are out or were: open ones can be shown again and taken back. */

import { Link, Link2Off } from 'lucide-react'
import type { Invite } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { dateAndTime } from '../format/time.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Button } from '../ui/button.tsx'
import styles from './people.module.css'

export function InviteList({ space }: { readonly space: string }) {
  const { people } = useTexts()
  const invites = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).invites)
  if (invites === undefined) return null
  const sorted = invites.toSorted(
    (a, b) =>
      Number(b.state === 'open') - Number(a.state === 'open') || b.createdAtMs - a.createdAtMs,
  )
  return (
    <section className={styles.block}>
      <h2>{people.invitations}</h2>
      {sorted.length === 0 && <p className={styles.note}>{people.noInvitations}</p>}
      <ul className={styles.list}>
        {sorted.map((invite) => (
          <InviteRow key={invite.id} space={space} invite={invite} />
        ))}
      </ul>
    </section>
  )
}

function InviteRow({ space, invite }: { readonly space: string; readonly invite: Invite }) {
  const { store, show, words } = useApp()
  const texts = useTexts()
  const open = invite.state === 'open'
  const facts = [
    texts.invite.usedOf(invite.uses, invite.maxUses),
    invite.mode === 'approve' ? texts.invite.asks : texts.invite.noAsk,
    open ? texts.invite.until(dateAndTime(invite.expiresAtMs, words.locale)) : '',
    open && invite.link === undefined ? texts.invite.otherDevice : '',
  ].filter((fact) => fact !== '')
  return (
    <li className={styles.member} data-ended={!open}>
      <span className={styles.inviteIcon}>{open ? <Link /> : <Link2Off />}</span>
      <div className={styles.grow}>
        <p>
          <strong>{texts.invite.asRole(texts.roles[invite.role])}</strong>{' '}
          <span className={styles.state} data-state={invite.state}>
            {texts.invite.states[invite.state]}
          </span>
        </p>
        <p className={styles.note}>{facts.join(' · ')}</p>
      </div>
      {open && (
        <div className={styles.answers}>
          {invite.link !== undefined && (
            <Button size="small" onClick={() => show({ kind: 'invite', space, invite: invite.id })}>
              {texts.invite.show}
            </Button>
          )}
          <Button
            size="small"
            tone="danger"
            onClick={() => void store.revokeInvite(space, invite.id)}
          >
            {texts.invite.revoke}
          </Button>
        </div>
      )}
    </li>
  )
}
