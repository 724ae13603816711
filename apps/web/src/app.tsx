/** The app itself, once the peer lets this page in: one store, one place, at most one dialog. */

import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { AppContext, useSelect } from './app-context.tsx'
import type { AppContextValue, Overlay } from './app-context.tsx'
import type { Texts } from './i18n/en.ts'
import type { Language } from './i18n/languages.ts'
import { FirstRun } from './start/first-run.tsx'
import { Overlays } from './shell/overlays.tsx'
import { Notices } from './shell/notices.tsx'
import { Shell } from './shell/shell.tsx'
import { unreadTotal } from './state/app-state.ts'
import { HamletStore } from './state/hamlet-store.ts'
import type { PageApi } from './state/hamlet-store.ts'
import type { LocalNotes } from './state/local-notes.ts'
import type { PageFiles } from './state/page-files.ts'
import { parseErrand, parseRoute, routeToFragment } from './state/route.ts'
import type { Route } from './state/route.ts'

interface AppProps {
  readonly api: PageApi
  readonly notes: LocalNotes
  readonly locale: string
  readonly texts: Texts
  readonly chosenLanguage: Language | ''
  readonly onLanguage: (language: Language | '') => void
  readonly onRefused: () => void
  readonly files: PageFiles
  /** What the link that opened the page asks for. */
  readonly errand: Overlay
}

export function App(props: AppProps) {
  const { texts, locale, chosenLanguage, onLanguage } = props
  const store = useStore(props)
  const [overlay, setOverlay] = useState<Overlay>(props.errand)
  const go = useNavigation(store)
  const value = useMemo<AppContextValue>(
    () => ({
      store,
      words: { locale, texts },
      chosenLanguage,
      chooseLanguage: onLanguage,
      go,
      show: setOverlay,
    }),
    [store, locale, texts, chosenLanguage, onLanguage, go],
  )
  return (
    <AppContext value={value}>
      <Screens overlay={overlay} onRefused={props.onRefused} />
      <Overlays overlay={overlay} />
      <Notices />
    </AppContext>
  )
}

function Screens({ overlay, onRefused }: { overlay: Overlay; onRefused: () => void }) {
  const connection = useSelect((state) => state.connection)
  const known = useSelect((state) => state.status !== undefined && state.spaces !== undefined)
  const fresh = useSelect(
    (state) =>
      state.status?.name === '' ||
      (state.spaces?.length === 0 && state.joins.every((join) => join.state === 'joined')),
  )
  useTitle()
  useEffect(() => {
    if (connection === 'refused') onRefused()
  }, [connection, onRefused])
  if (!known) return null
  // Behind an invitation that came with the link, the first run waits: joining asks for the name as well.
  return fresh ? <FirstRun behindJoin={overlay.kind === 'join'} /> : <Shell />
}

function useTitle() {
  const unread = useSelect(unreadTotal)
  useEffect(() => {
    document.title = unread === 0 ? 'Hamlet' : `(${unread}) Hamlet`
  }, [unread])
}

function useStore({ api, files, notes, texts }: AppProps): HamletStore {
  const latest = useRef(texts)
  useEffect(() => {
    latest.current = texts
  }, [texts])
  const [store] = useState(
    () =>
      new HamletStore({
        api,
        files,
        notes,
        texts: () => latest.current,
        route: parseRoute(location.hash),
      }),
  )
  useEffect(() => {
    const control = new AbortController()
    store.start(control.signal)
    const check = () => void store.check()
    const flush = () => store.rooms.flush()
    addEventListener('focus', check)
    addEventListener('online', check)
    addEventListener('pagehide', flush)
    return () => {
      control.abort()
      removeEventListener('focus', check)
      removeEventListener('online', check)
      removeEventListener('pagehide', flush)
    }
  }, [store])
  return store
}

function useNavigation(store: HamletStore): (route: Route) => void {
  useEffect(() => {
    const listener = () => {
      // An errand is no place: the page begins again with it, see root.tsx.
      if (parseErrand(location.hash) === undefined) store.go(parseRoute(location.hash))
    }
    listener()
    addEventListener('popstate', listener)
    return () => removeEventListener('popstate', listener)
  }, [store])
  return useCallback(
    (route: Route) => {
      const fragment = routeToFragment(route)
      if (fragment !== location.hash) history.pushState(null, '', fragment)
      store.go(route)
    },
    [store],
  )
}
