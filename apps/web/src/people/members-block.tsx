/** Who is in the space now; and who was, and how that ended. */

import { useSelect, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Time } from '../ui/time.tsx'
import { MemberRow } from './member-row.tsx'
import styles from './people.module.css'
import { ownRole } from './roles.ts'

export function MembersBlock({ space }: { readonly space: string }) {
  const texts = useTexts()
  const members = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).members)
  const role = useSelect((state) => ownRole(state, space))
  return (
    <section className={styles.block}>
      <h2>{texts.people.members}</h2>
      <ul className={styles.list}>
        {(members ?? []).map((member) => (
          <MemberRow key={member.person} space={space} member={member} viewer={role} />
        ))}
      </ul>
    </section>
  )
}

export function FormerBlock({ space }: { readonly space: string }) {
  const texts = useTexts()
  const former = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).former)
  if (former === undefined || former.length === 0) return null
  const sorted = former.toSorted((a, b) => b.atMs - a.atMs)
  return (
    <section className={styles.block}>
      <h2>{texts.members.former}</h2>
      <ul className={styles.list}>
        {sorted.map((person) => (
          <li key={person.person} className={styles.member} data-ended="true">
            <Avatar id={person.person} name={person.name} />
            <div className={styles.grow}>
              <p>
                <strong>{nameOr(person.name, texts)}</strong>
                {person.self && <span className={styles.note}> {texts.common.you}</span>}
              </p>
              <p className={styles.note}>
                {person.how === 'left'
                  ? texts.members.hasLeft
                  : texts.members.removedBy(nameOr(person.byName ?? '', texts))}{' '}
                · <Time atMs={person.atMs} />
              </p>
            </div>
            <span className={styles.role}>{texts.members.was(texts.roles[person.role])}</span>
            <span className={styles.noMenu} />
          </li>
        ))}
      </ul>
    </section>
  )
}
