/** The page before what it shows: language, session, the live figures, and where one is. */

import { TooltipProvider } from '@hamlet/web/ui'
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react'
import type { Texts } from './i18n/en.ts'
import { chooseLanguage, formatLocale, textsOf } from './i18n/languages.ts'
import type { Language } from './i18n/languages.ts'
import { LiveContext, PageContext, usePage } from './page-context.tsx'
import type { Live } from './page-context.tsx'
import { FraudsPane } from './panes/frauds-pane.tsx'
import { PeerPane } from './panes/peer-pane.tsx'
import { PeersPane } from './panes/peers-pane.tsx'
import { PersonPane } from './panes/person-pane.tsx'
import { SwarmPane } from './panes/swarm-pane.tsx'
import { SwarmsPane } from './panes/swarms-pane.tsx'
import { Shell } from './shell/shell.tsx'
import { Gate } from './shell/gate.tsx'
import { BoardClient } from './state/board-client.ts'
import { routeOf } from './state/route.ts'
import type { Route } from './state/route.ts'
import { Loading } from './ui/pieces.tsx'

const LANGUAGE_KEY = 'hamlet.language'

// With their chart and picture, which the login need not wait for.
const OverviewPane = lazy(async () => ({
  default: (await import('./panes/overview-pane.tsx')).OverviewPane,
}))
const ThroughputPane = lazy(async () => ({
  default: (await import('./panes/throughput-pane.tsx')).ThroughputPane,
}))
const FlowPane = lazy(async () => ({ default: (await import('./panes/flow-pane.tsx')).FlowPane }))

export function Root() {
  const { language, texts, locale, choose } = useLanguage()
  const { client, isLoggedIn, hasEnded, onLoggedIn } = useSession()
  const page = useMemo(
    () =>
      texts === undefined ? undefined : { texts, locale, language, chooseLanguage: choose, client },
    [texts, locale, language, choose, client],
  )
  if (page === undefined) return null
  return (
    <PageContext value={page}>
      <TooltipProvider>
        {isLoggedIn ? <Board /> : <Gate hasEnded={hasEnded} onLoggedIn={onLoggedIn} />}
      </TooltipProvider>
    </PageContext>
  )
}

function Board() {
  const route = useRoute()
  const live = useLiveFigures()
  useTitle(route)
  return (
    <LiveContext value={live}>
      <Shell section={route.section}>
        <Suspense fallback={<Loading />}>
          <Place route={route} key={`${route.section}/${route.id ?? ''}`} />
        </Suspense>
      </Shell>
    </LiveContext>
  )
}

function Place({ route }: { readonly route: Route }) {
  const { section, id } = route
  switch (section) {
    case 'overview':
      return <OverviewPane />
    case 'swarms':
      return id === undefined ? <SwarmsPane /> : <SwarmPane handle={id} />
    case 'peers':
      return id === undefined ? <PeersPane /> : <PeerPane id={id} />
    case 'throughput':
      return <ThroughputPane />
    case 'flow':
      return id === undefined ? <FlowPane /> : <PersonPane id={id} />
    case 'frauds':
      return <FraudsPane />
  }
}

function useSession() {
  const [isLoggedIn, setLoggedIn] = useState(false)
  const [hasEnded, setEnded] = useState(false)
  const client = useMemo(
    () =>
      new BoardClient(sessionStorage, () => {
        setLoggedIn(false)
        setEnded(true)
      }),
    [],
  )
  useEffect(() => setLoggedIn(client.isLoggedIn), [client])
  const onLoggedIn = useCallback(() => {
    setEnded(false)
    setLoggedIn(true)
  }, [])
  return { client, isLoggedIn: isLoggedIn || client.isLoggedIn, hasEnded, onLoggedIn }
}

function useLiveFigures(): Live {
  const { client } = usePage()
  const [live, setLive] = useState<Live>({ overview: undefined, isLost: false })
  useEffect(() => {
    const abort = new AbortController()
    void client.follow(
      (overview) => setLive({ overview, isLost: false }),
      () => setLive((old) => ({ ...old, isLost: true })),
      abort.signal,
    )
    return () => abort.abort()
  }, [client])
  return live
}

function useRoute(): Route {
  const hash = useSyncExternalStore(
    (listener) => {
      addEventListener('hashchange', listener)
      return () => removeEventListener('hashchange', listener)
    },
    () => location.hash,
  )
  return useMemo(() => routeOf(hash), [hash])
}

function useTitle({ section }: Route): void {
  const { texts } = usePage()
  useEffect(() => {
    document.title = `${texts.sections[section]} – Hamlet ${texts.app.title}`
  }, [texts, section])
}

function useLanguage() {
  const [chosen, setChosen] = useState(() => localStorage.getItem(LANGUAGE_KEY) ?? '')
  const [texts, setTexts] = useState<Texts | undefined>(undefined)
  const language = chooseLanguage(chosen === '' ? navigator.languages : [chosen])
  const locale = formatLocale(language, navigator.languages)
  useEffect(() => {
    let isCurrent = true
    void textsOf(language).then((loaded) => {
      if (!isCurrent) return
      document.documentElement.lang = language
      setTexts(loaded)
    })
    return () => {
      isCurrent = false
    }
  }, [language])
  const choose = useCallback((next: Language) => {
    localStorage.setItem(LANGUAGE_KEY, next)
    setChosen(next)
  }, [])
  return { language, locale, texts, choose }
}
