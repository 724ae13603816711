/** The people a mention may mean, above the composer. The focus stays in the text. */

import { useTexts } from '../app-context.tsx'
import { Avatar } from '../ui/avatar.tsx'
import styles from './composer.module.css'
import type { MentionChoice } from './composer-types.ts'

export function MentionList({ mention }: { readonly mention: MentionChoice }) {
  const texts = useTexts()
  return (
    <ul
      id="mention-list"
      role="listbox"
      className={styles.mentions}
      aria-label={texts.composer.mention}
    >
      {mention.members.map((member, index) => (
        <li
          key={member.person}
          id={`mention-${index}`}
          role="option"
          aria-selected={index === mention.selected}
          className={styles.mention}
          onPointerDown={(event) => {
            event.preventDefault()
            mention.pick(member)
          }}
        >
          <Avatar id={member.person} name={member.name} size="small" />
          {member.name}
        </li>
      ))}
    </ul>
  )
}
