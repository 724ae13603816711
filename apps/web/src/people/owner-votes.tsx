/** Votes for a new owner, shown once there is one. */

import { Vote } from 'lucide-react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Button } from '../ui/button.tsx'
import styles from './people.module.css'

export function OwnerVotesBlock({ space }: { readonly space: string }) {
  const { show } = useApp()
  const texts = useTexts()
  const votes = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).votes)
  if (votes === undefined || votes.candidates.length === 0) return null
  const { needed, canVote, own, candidates } = votes
  return (
    <section className={styles.votes}>
      <h2>{texts.members.votesTitle}</h2>
      <ul className={styles.list}>
        {candidates.map(({ person, name, votes: given }) => (
          <li key={person} className={styles.request}>
            <Vote className={styles.voteIcon} />
            <div className={styles.grow}>
              <strong>{nameOr(name, texts)}</strong>
              <p className={styles.note}>
                {needed === undefined
                  ? texts.members.votesTooFew
                  : texts.members.votesOf(given.length, needed)}{' '}
                · {given.map((voter) => nameOr(voter.name, texts)).join(', ')}
              </p>
            </div>
            {canVote && own !== person && (
              <Button size="small" onClick={() => show({ kind: 'vote', space, person })}>
                {texts.members.voteToo}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
