/** Who is in the space, those who are here now first. */

import type { Member } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Avatar } from '../ui/avatar.tsx'
import { useRelative } from '../ui/time.tsx'
import styles from './overview.module.css'

const SHOWN_MAX = 12

export function Around({ space }: { readonly space: string }) {
  const { go } = useApp()
  const texts = useTexts()
  const members = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).members)
  if (members === undefined) return null
  const others = members.filter((member) => !member.self)
  const sorted = others.toSorted((a, b) => Number(b.online) - Number(a.online))
  return (
    <section className={styles.block}>
      <header>
        <h2>{texts.space.around}</h2>
      </header>
      {others.length === 0 ? (
        <p className={styles.quiet}>
          {texts.space.nobodyElse} {texts.space.inviteFirst}
        </p>
      ) : (
        <ul className={styles.people}>
          {sorted.slice(0, SHOWN_MAX).map((member) => (
            <li key={member.person}>
              <button
                type="button"
                className={styles.person}
                onClick={() => go({ at: 'people', space })}
              >
                <Avatar id={member.person} name={member.name} online={member.online} />
                <span>
                  {nameOr(member.name, texts)}
                  <Presence member={member} />
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** `Online`, or when one of their devices was last seen. */
export function Presence({ member }: { readonly member: Member }) {
  const { people } = useTexts()
  const relative = useRelative()
  const seen = member.devices.map((device) => device.lastSeenMs ?? 0)
  const lastMs = Math.max(0, ...seen)
  if (member.online) return <span data-online="true">{people.online}</span>
  return <span>{lastMs === 0 ? people.neverSeen : people.seen(relative(lastMs))}</span>
}
