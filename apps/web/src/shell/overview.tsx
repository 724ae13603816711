/** A space's front: one look tells what is new, what needs you, and who is around. */

import { ChevronDown, Hash, Plus, UserPlus, Users } from 'lucide-react'
import type { Room, SpaceSummary } from '@hamlet/http/api'
import { Suspense } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { plainText } from '../chat/plain-text.ts'
import { nameOr } from '../format/people.ts'
import { canInvite, canWrite, roleIn } from '../people/roles.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { later } from '../ui/later.ts'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { Time } from '../ui/time.tsx'
import { Around } from './around.tsx'
import { PaneHeader } from './pane-header.tsx'
import { Count } from './section-column.tsx'
import styles from './overview.module.css'

const BillsBlock = later(async () => (await import('../bills/bills-block.tsx')).BillsBlock)

const FilesBlock = later(async () => (await import('../files/files-section.tsx')).FilesBlock)

export function Overview({ space }: { readonly space: string }) {
  const { show } = useApp()
  const texts = useTexts()
  const summary = useSelect((state) => state.spaces?.find((s) => s.id === space))
  const rooms = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).rooms)
  const own = roleIn(summary)
  const role = own === undefined ? '' : texts.space.yourRole(texts.roles[own])
  return (
    <>
      <PaneHeader title={<SpaceSwitch summary={summary} />} detail={role}>
        {canInvite(roleIn(summary)) && (
          <Button
            tone={summary?.members === 1 ? 'primary' : 'plain'}
            icon={<UserPlus />}
            onClick={() => show({ kind: 'invite', space })}
          >
            {texts.people.invite}
          </Button>
        )}
      </PaneHeader>
      <div className={styles.page}>
        <NeedsYou space={space} count={summary?.requests ?? 0} />
        <section className={styles.block}>
          <header>
            <h2>{texts.space.rooms}</h2>
            {canWrite(roleIn(summary)) && (
              <Button
                size="small"
                tone="quiet"
                icon={<Plus />}
                onClick={() => show({ kind: 'new-room', space })}
              >
                {texts.room.add}
              </Button>
            )}
          </header>
          <ul className={styles.rooms}>
            {(rooms ?? []).map((room) => (
              <RoomRow key={room.id} space={space} room={room} />
            ))}
          </ul>
          {summary?.unread === 0 && <p className={styles.quiet}>{texts.space.allCaughtUp}</p>}
        </section>
        <Suspense fallback={null}>
          <BillsBlock space={space} />
          <FilesBlock space={space} />
        </Suspense>
        <Around space={space} />
      </div>
    </>
  )
}

/** The title; on a narrow screen also the way to the other spaces. */
function SpaceSwitch({ summary }: { readonly summary: SpaceSummary | undefined }) {
  const { go, show } = useApp()
  const texts = useTexts()
  const spaces = useSelect((state) => state.spaces ?? [])
  return (
    <>
      <span className={styles.wideTitle}>{summary?.name}</span>
      <span className={styles.narrowTitle}>
        <Menu
          align="start"
          trigger={
            <button type="button" className={styles.switch}>
              {summary !== undefined && (
                <Avatar id={summary.id} name={summary.name} size="small" shape="space" />
              )}
              <span>{summary?.name}</span>
              <ChevronDown />
            </button>
          }
        >
          {spaces.map((space) => (
            <MenuItem key={space.id} onSelect={() => go({ at: 'overview', space: space.id })}>
              <Avatar id={space.id} name={space.name} size="small" shape="space" />
              {space.name}
            </MenuItem>
          ))}
          <MenuItem icon={<Plus />} onSelect={() => show({ kind: 'add-space' })}>
            {texts.space.add}
          </MenuItem>
        </Menu>
      </span>
    </>
  )
}

function NeedsYou({ space, count }: { readonly space: string; readonly count: number }) {
  const { go } = useApp()
  const { space: texts } = useTexts()
  if (count === 0) return null
  return (
    <section className={styles.needs} aria-label={texts.needsYou}>
      <Users />
      <p>{texts.requestsWaiting(count)}</p>
      <Button tone="primary" size="small" onClick={() => go({ at: 'people', space })}>
        {texts.review}
      </Button>
    </section>
  )
}

function RoomRow({ space, room }: { readonly space: string; readonly room: Room }) {
  const { go } = useApp()
  const texts = useTexts()
  const last = room.lastMessage
  const author = useSelect((state) =>
    (state.spaceStates[space] ?? EMPTY_SPACE).members?.find((m) => m.person === last?.author),
  )
  return (
    <li>
      <button
        type="button"
        className={styles.room}
        data-unread={room.unread > 0}
        onClick={() => go({ at: 'room', space, room: room.id })}
      >
        <span className={styles.roomIcon}>
          <Hash />
        </span>
        <span className={styles.roomText}>
          <strong>{room.name}</strong>
          <span>
            {last === undefined ? (
              texts.space.quietRooms
            ) : (
              <>
                {author !== undefined && (
                  <>{author.self ? texts.common.you : nameOr(author.name, texts)}: </>
                )}
                {plainText(last.text)}
              </>
            )}
          </span>
        </span>
        <span className={styles.roomSide}>
          {last !== undefined && <Time atMs={last.atMs} style="list" />}
          {room.unread > 0 && <Count value={room.unread} mention={room.mentions > 0} />}
        </span>
      </button>
    </li>
  )
}
