/** What every part of the page can reach: texts, the locale, the client, the live figures, and a clock for relative times. */

import { createContext, useContext, useSyncExternalStore } from 'react'
import { momentText } from './format/figures.ts'
import type { Language } from './i18n/languages.ts'
import type { Texts } from './i18n/en.ts'
import type { BoardClient, Overview } from './state/board-client.ts'

export interface PageContextValue {
  readonly texts: Texts
  readonly locale: string
  readonly language: Language
  readonly chooseLanguage: (language: Language) => void
  readonly client: BoardClient
}

export interface Live {
  readonly overview: Overview | undefined
  /** Whether the figures are from before: the tracker does not answer. */
  readonly isLost: boolean
}

export const PageContext = createContext<PageContextValue | undefined>(undefined)
export const LiveContext = createContext<Live>({ overview: undefined, isLost: false })

export function usePage(): PageContextValue {
  const value = useContext(PageContext)
  if (value === undefined) throw new TypeError('expected a PageContext above this component')
  return value
}

export function useLive(): Live {
  return useContext(LiveContext)
}

const TICK_MS = 20_000
const ticks = { nowMs: Date.now(), listeners: new Set<() => void>() }

setInterval(() => {
  ticks.nowMs = Date.now()
  for (const listener of ticks.listeners) listener()
}, TICK_MS)

/** The present time, good to twenty seconds; also when lists are looked at again. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => ticks.nowMs)
}

function subscribe(listener: () => void): () => void {
  ticks.listeners.add(listener)
  return () => ticks.listeners.delete(listener)
}

export function useMoment(): (atMs: number) => string {
  const { locale, texts } = usePage()
  const nowMs = useNow()
  return (atMs) => momentText(atMs, nowMs, locale, texts.app.now)
}
