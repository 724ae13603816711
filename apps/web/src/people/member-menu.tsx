/** What can be done about one member: another role, handing over, a vote, removing; about oneself: leaving. */

import { Crown, LogOut, MoreHorizontal, UserCog, UserMinus, Vote } from 'lucide-react'
import type { Member, Role } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { IconButton } from '../ui/button.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import styles from './people.module.css'

interface MemberMenuProps {
  readonly space: string
  readonly member: Member
  readonly viewer: Role | undefined
}

export function MemberMenu({ space, member, viewer }: MemberMenuProps) {
  const { store, show } = useApp()
  const texts = useTexts()
  const { person, self, role } = member
  const mayLeave = self && viewer !== undefined && viewer !== 'owner'
  const mayHandOver = viewer === 'owner' && !self
  const mayVote = viewer === 'admin' && role === 'admin'
  if (!mayLeave && !mayHandOver && !mayVote && !member.canRemove) {
    return <span className={styles.noMenu} />
  }
  return (
    <Menu
      trigger={
        <IconButton label={texts.members.actions(nameOr(member.name, texts))} side="left">
          <MoreHorizontal />
        </IconButton>
      }
    >
      {member.canBecome.map((other) => (
        <MenuItem
          key={other}
          icon={<UserCog />}
          onSelect={() => void store.people.setRole(space, member, other)}
        >
          {texts.members.make(texts.roles[other])}
        </MenuItem>
      ))}
      {mayHandOver && (
        <MenuItem icon={<Crown />} onSelect={() => show({ kind: 'hand-over', space, person })}>
          {texts.members.handOver}
        </MenuItem>
      )}
      {mayVote && (
        <MenuItem icon={<Vote />} onSelect={() => show({ kind: 'vote', space, person })}>
          {self ? texts.members.voteSelf : texts.members.vote}
        </MenuItem>
      )}
      {member.canRemove && (
        <MenuItem
          icon={<UserMinus />}
          tone="danger"
          onSelect={() => show({ kind: 'remove-member', space, person })}
        >
          {texts.members.remove}
        </MenuItem>
      )}
      {mayLeave && (
        <MenuItem
          icon={<LogOut />}
          tone="danger"
          onSelect={() => show({ kind: 'leave-space', space })}
        >
          {texts.members.leave}
        </MenuItem>
      )}
    </Menu>
  )
}
