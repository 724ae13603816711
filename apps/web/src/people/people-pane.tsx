/** The people of a space: who asks to join, who is in, which invitations are out, and what happened. */

import { UserPlus, Users } from 'lucide-react'
import { useEffect } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { PaneHeader } from '../shell/pane-header.tsx'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Button } from '../ui/button.tsx'
import { InviteList } from './invite-list.tsx'
import { AsideBlock } from './aside-block.tsx'
import { HistoryBlock } from './history-block.tsx'
import { FormerBlock, MembersBlock } from './members-block.tsx'
import { OwnerVotesBlock } from './owner-votes.tsx'
import styles from './people.module.css'
import { PolicyBlock } from './policy-block.tsx'
import { RequestList } from './request-list.tsx'
import { canInvite, ownRole } from './roles.ts'

export function PeoplePane({ space }: { readonly space: string }) {
  const { store, show } = useApp()
  const texts = useTexts()
  const role = useSelect((state) => ownRole(state, space))
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
      {/* Focusable, so that it scrolls by keys also for somebody who can do nothing here. */}
      <section className={styles.page} aria-label={texts.people.title} tabIndex={0}>
        <RequestList space={space} />
        <OwnerVotesBlock space={space} />
        <MembersBlock space={space} />
        {canInvite(role) && <InviteList space={space} />}
        <PolicyBlock space={space} />
        <AsideBlock space={space} />
        <FormerBlock space={space} />
        <HistoryBlock space={space} />
      </section>
    </>
  )
}
