/** The reactions to a message; pressing one joins it or takes it back. */

import type { Message, Reaction } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { nameOr, someNames } from '../format/people.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Tooltip } from '../ui/tooltip.tsx'
import styles from './message-row.module.css'
import { useRoom } from './room-context.ts'

const NAMES_MAX = 6

export function ReactionBar({ message }: { readonly message: Message }) {
  if (message.reactions.length === 0) return null
  return (
    <div className={styles.reactions}>
      {message.reactions.map((reaction) => (
        <ReactionButton key={reaction.emoji} message={message} reaction={reaction} />
      ))}
    </div>
  )
}

interface ReactionButtonProps {
  readonly message: Message
  readonly reaction: Reaction
}

function ReactionButton({ message, reaction }: ReactionButtonProps) {
  const { store, words } = useApp()
  const texts = useTexts()
  const { space, writable } = useRoom()
  const person = useSelect((state) => state.status?.person ?? '')
  const members = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).members)
  const names = reaction.people.map((id) => {
    const member = members?.find((candidate) => candidate.person === id)
    return id === person ? texts.common.you : nameOr(member?.name ?? '', texts)
  })
  const by = someNames(names, NAMES_MAX, words.locale, texts)
  return (
    <Tooltip label={texts.message.reacted(reaction.emoji, by)}>
      <button
        type="button"
        className={styles.reaction}
        aria-pressed={reaction.people.includes(person)}
        disabled={!writable}
        onClick={() => void store.rooms.react(space, message, reaction.emoji, person)}
      >
        <span>{reaction.emoji}</span>
        {reaction.people.length}
        <span className="visually-hidden">{texts.message.reactedBy(by)}</span>
      </button>
    </Tooltip>
  )
}
