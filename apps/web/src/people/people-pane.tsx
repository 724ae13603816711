/** The people of a space: who asks to join, who is in, and which invitations are out. */

import { UserPlus, Users } from 'lucide-react'
import { useEffect } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { PaneHeader } from '../shell/pane-header.tsx'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Button } from '../ui/button.tsx'
import { InviteList } from './invite-list.tsx'
import { MemberRow } from './member-row.tsx'
import styles from './people.module.css'
import { RequestList } from './request-list.tsx'
import { canInvite } from './roles.ts'

export function PeoplePane({ space }: { readonly space: string }) {
  const { store, show } = useApp()
  const texts = useTexts()
  const role = useSelect((state) => state.spaces?.find((s) => s.id === space)?.role)
  const members = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).members)
  useEffect(() => store.openPeople(space), [store, space])
  return (
    <>
      <PaneHeader
        icon={<Users />}
        title={texts.people.title}
        detail={members === undefined ? '' : texts.space.members(members.length)}
      >
        {canInvite(role) && (
          <Button
            tone="primary"
            icon={<UserPlus />}
            onClick={() => show({ kind: 'invite', space })}
          >
            {texts.people.invite}
          </Button>
        )}
      </PaneHeader>
      <div className={styles.page}>
        <RequestList space={space} />
        <section className={styles.block}>
          <h2>{texts.people.members}</h2>
          <ul className={styles.list}>
            {(members ?? []).map((member) => (
              <MemberRow key={member.person} member={member} />
            ))}
          </ul>
        </section>
        {canInvite(role) && <InviteList space={space} />}
      </div>
    </>
  )
}
