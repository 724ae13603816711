/** The frame: spaces, the sections of one space, the main pane, and the status strip at the foot. */

import { Home } from 'lucide-react'
import { Suspense, useEffect } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { RoomPane } from '../chat/room-pane.tsx'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { spaceOf } from '../state/route.ts'
import { Empty } from '../ui/empty.tsx'
import { later, warmParts } from '../ui/later.ts'
import { BottomBar } from './bottom-bar.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { MovingStrip } from './moving-strip.tsx'
import { Overview } from './overview.tsx'
import { RecoveryBanner } from './recovery-banner.tsx'
import { SectionColumn } from './section-column.tsx'
import styles from './shell.module.css'
import { SpaceRail } from './space-rail.tsx'
import { StandingBanner } from './standing-banner.tsx'
import { StatusStrip } from './status-strip.tsx'
import { WaitingBanner } from './waiting-banner.tsx'
import { useJumpKey } from './use-jump-key.ts'

const BillsPane = later(async () => (await import('../bills/bills-pane.tsx')).BillsPane)

const FilesPane = later(async () => (await import('../files/files-section.tsx')).FilesPane)

const PeoplePane = later(async () => (await import('../people/people-section.tsx')).PeoplePane)
const SearchPane = later(async () => (await import('../chat/search-pane.tsx')).SearchPane)
const JoinsPane = later(async () => (await import('./seldom-section.tsx')).JoinsPane)

const WARM_AFTER_MS = 300

export function Shell() {
  const texts = useTexts()
  const route = useSelect((state) => state.route)
  const space = spaceOf(route)
  useJumpKey()
  useFirstPlace()
  useWarmParts()
  return (
    <div className={styles.shell} data-at={route.at}>
      <a className={styles.skip} href="#main" onClick={focusMain}>
        {texts.app.skip}
      </a>
      <SpaceRail />
      {space !== undefined && <SectionColumn space={space} />}
      <main id="main" className={styles.main} tabIndex={-1} data-wide={space === undefined}>
        <ConnectionBanner />
        <RecoveryBanner />
        {space !== undefined && <StandingBanner space={space} />}
        {space !== undefined && <WaitingBanner space={space} />}
        <Suspense fallback={null}>
          <Pane />
        </Suspense>
        <MovingStrip />
      </main>
      {space !== undefined && <StatusStrip space={space} />}
      {space !== undefined && <BottomBar space={space} />}
    </div>
  )
}

function Pane() {
  const route = useSelect((state) => state.route)
  const { store } = useApp()
  const space = spaceOf(route)
  const online = useSelect((state) => state.connection === 'online')
  const missing = useSelect(
    (state) => (state.spaceStates[space ?? ''] ?? EMPTY_SPACE).missing === true,
  )
  useEffect(() => {
    if (space !== undefined && online) store.openSpace(space)
  }, [store, space, online])
  if (missing) return <MissingSpace />
  switch (route.at) {
    case 'start':
      return <JoinsPane />
    case 'overview':
      return <Overview space={route.space} />
    case 'people':
      return <PeoplePane space={route.space} />
    case 'bills':
      return <BillsPane key={route.space} space={route.space} />
    case 'files':
      return <FilesPane key={route.space} space={route.space} />
    case 'search':
      return <SearchPane key={route.space} space={route.space} />
    case 'room':
      return (
        <RoomPane
          key={`${route.space}/${route.room}`}
          space={route.space}
          room={route.room}
          message={route.message}
        />
      )
  }
}

function MissingSpace() {
  const { space } = useTexts()
  return <Empty icon={<Home />} title={space.notFound} hint={space.notFoundHint} />
}

/** Without a place in the address bar: the space of the last visit, or the only one. */
function useFirstPlace() {
  const { store, go } = useApp()
  const at = useSelect((state) => state.route.at)
  const spaces = useSelect((state) => state.spaces)
  const waiting = useSelect((state) => state.joins.some((join) => join.state !== 'joined'))
  useEffect(() => {
    if (at !== 'start' || spaces === undefined || waiting) return
    const last = store.notes.value('last')
    const space = spaces.find((candidate) => candidate.id === last) ?? spaces[0]
    if (space !== undefined) go({ at: 'overview', space: space.id })
  }, [at, spaces, waiting, store, go])
}

/** Once what is on the screen has been drawn, so that going anywhere from here waits for nothing. */
function useWarmParts() {
  useEffect(() => {
    const timer = setTimeout(() => void warmParts(), WARM_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
}

function focusMain(event: { preventDefault: () => void }) {
  event.preventDefault()
  document.querySelector<HTMLElement>('#main')?.focus()
}
