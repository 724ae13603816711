/** The sections of a space that exist now: its overview, bills, files, people, chat rooms, and the search. */

import { Files, Hash, LayoutList, Plus, Receipt, Search, Users } from 'lucide-react'
import type { Room } from '@hamlet/http/api'
import type { ReactNode } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { EMPTY_SPACE } from '../state/app-state.ts'
import type { Route } from '../state/route.ts'
import { IconButton } from '../ui/button.tsx'
import { canWrite, roleIn } from '../people/roles.ts'
import styles from './section-column.module.css'

export function SectionColumn({ space }: { readonly space: string }) {
  const { show } = useApp()
  const texts = useTexts()
  const summary = useSelect((state) => state.spaces?.find((s) => s.id === space))
  const rooms = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).rooms)
  return (
    <nav className={styles.column} aria-label={texts.space.sections}>
      <header className={styles.header}>
        <h2 className={styles.name}>{summary?.name ?? ''}</h2>
        {summary !== undefined && <p>{texts.space.members(summary.members)}</p>}
      </header>
      <ul className={styles.list}>
        <SectionLink icon={<LayoutList />} to={{ at: 'overview', space }}>
          {texts.space.overview}
        </SectionLink>
        <SectionLink icon={<Receipt />} to={{ at: 'bills', space }}>
          {texts.bills.title}
        </SectionLink>
        <SectionLink icon={<Files />} to={{ at: 'files', space }}>
          {texts.files.title}
        </SectionLink>
        <SectionLink icon={<Users />} to={{ at: 'people', space }} count={summary?.requests ?? 0}>
          {texts.space.people}
        </SectionLink>
        <SectionLink icon={<Search />} to={{ at: 'search', space }}>
          {texts.space.search}
        </SectionLink>
      </ul>
      <div className={styles.group}>
        <h3>{texts.space.rooms}</h3>
        {canWrite(roleIn(summary)) && (
          <IconButton label={texts.room.add} onClick={() => show({ kind: 'new-room', space })}>
            <Plus />
          </IconButton>
        )}
      </div>
      <ul className={styles.list}>
        {(rooms ?? []).map((room) => (
          <RoomLink key={room.id} space={space} room={room} />
        ))}
      </ul>
    </nav>
  )
}

function RoomLink({ space, room }: { readonly space: string; readonly room: Room }) {
  return (
    <SectionLink
      icon={<Hash />}
      to={{ at: 'room', space, room: room.id }}
      count={room.unread}
      strong={room.unread > 0}
      mention={room.mentions > 0}
    >
      {room.name}
    </SectionLink>
  )
}

interface SectionLinkProps {
  readonly icon: ReactNode
  readonly to: Route
  readonly count?: number
  readonly strong?: boolean
  readonly mention?: boolean
  readonly children: ReactNode
}

const COUNT_MAX = 99

function SectionLink({ icon, to, count = 0, strong, mention, children }: SectionLinkProps) {
  const { go } = useApp()
  const current = useSelect((state) => isSamePlace(state.route, to))
  return (
    <li>
      <button
        type="button"
        className={styles.link}
        aria-current={current ? 'page' : undefined}
        data-strong={strong === true}
        onClick={() => go(to)}
      >
        {icon}
        <span>{children}</span>
        {count > 0 && <Count value={count} mention={mention === true} />}
      </button>
    </li>
  )
}

export function Count({ value, mention }: { readonly value: number; readonly mention: boolean }) {
  return (
    <span className={styles.count} data-mention={mention}>
      {mention && '@'}
      {value > COUNT_MAX ? `${COUNT_MAX}+` : value}
    </span>
  )
}

function isSamePlace(a: Route, b: Route): boolean {
  if (a.at !== b.at || a.at === 'start' || b.at === 'start') return a.at === b.at
  if (a.at === 'room' && b.at === 'room') return a.space === b.space && a.room === b.room
  return a.space === b.space
}
