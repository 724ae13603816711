/** What every component can reach: the store, the texts, where to go, and which dialog to open. */

import type { ExpenseDetail, ExpenseInput, MessageFile } from '@hamlet/http/api'
import { createContext, useContext, useRef, useSyncExternalStore } from 'react'
import type { Texts } from './i18n/en.ts'
import type { Language } from './i18n/languages.ts'
import type { AppState } from './state/app-state.ts'
import type { HamletStore } from './state/hamlet-store.ts'
import type { Route } from './state/route.ts'
import type { ShareOffer } from './state/upload-job.ts'

/** The one dialog or drawer that is open. */
export type Overlay =
  | { readonly kind: 'none' }
  | { readonly kind: 'add-space' }
  | { readonly kind: 'new-space' }
  | { readonly kind: 'join'; readonly link: string }
  | { readonly kind: 'new-room'; readonly space: string }
  | { readonly kind: 'invite'; readonly space: string; readonly invite?: string }
  | { readonly kind: 'remove-member'; readonly space: string; readonly person: string }
  | { readonly kind: 'hand-over'; readonly space: string; readonly person: string }
  | { readonly kind: 'vote'; readonly space: string; readonly person: string }
  | { readonly kind: 'leave-space'; readonly space: string }
  | { readonly kind: 'forget-space'; readonly space: string }
  | { readonly kind: 'settings' }
  | { readonly kind: 'recovery' }
  | { readonly kind: 'devices' }
  | { readonly kind: 'add-device' }
  | { readonly kind: 'use-code' }
  | { readonly kind: 'come-back' }
  | { readonly kind: 'inspector'; readonly space: string }
  | { readonly kind: 'message'; readonly space: string; readonly message: string }
  | { readonly kind: 'bill'; readonly space: string; readonly bill: string }
  | {
      readonly kind: 'bill-form'
      readonly space: string
      /** The bill to edit. */
      readonly expense?: ExpenseDetail
      /** What a new one begins with. */
      readonly draft?: ExpenseInput
    }
  | { readonly kind: 'settle'; readonly space: string }
  /** `to` empty: the person at this page. */
  | { readonly kind: 'explain'; readonly space: string; readonly from: string; readonly to: string }
  | { readonly kind: 'bill-statistics'; readonly space: string }
  | { readonly kind: 'ledger-activity'; readonly space: string }
  | { readonly kind: 'bill-import'; readonly space: string }
  | { readonly kind: 'ledger-settings'; readonly space: string }
  | { readonly kind: 'share-files'; readonly offer: ShareOffer }
  | { readonly kind: 'share'; readonly space?: string; readonly share: string }
  | { readonly kind: 'share-link'; readonly space?: string; readonly share: string }
  | {
      readonly kind: 'share-to-room'
      readonly space: string
      readonly share: string
      readonly name: string
    }
  | { readonly kind: 'rename-share'; readonly space?: string; readonly share: string }
  | {
      readonly kind: 'preview'
      readonly space?: string
      readonly share: string
      readonly path: string
    }
  | {
      readonly kind: 'attachment'
      readonly space: string
      readonly file: MessageFile
      readonly back: Overlay
    }
  | { readonly kind: 'open-share-link'; readonly link: string }
  | { readonly kind: 'transfers' }
  | { readonly kind: 'file-settings' }
  | { readonly kind: 'trackers' }
  | { readonly kind: 'standing'; readonly space: string }
  | { readonly kind: 'jump' }

export interface AppContextValue {
  readonly store: HamletStore
  readonly words: { readonly locale: string; readonly texts: Texts }
  /** Empty: as the browser says. */
  readonly chosenLanguage: Language | ''
  readonly chooseLanguage: (language: Language | '') => void
  readonly go: (route: Route) => void
  readonly show: (overlay: Overlay) => void
}

export const AppContext = createContext<AppContextValue | undefined>(undefined)

export function useApp(): AppContextValue {
  const value = useContext(AppContext)
  if (value === undefined) throw new TypeError('expected an AppContext above this component')
  return value
}

export const TextsContext = createContext<Texts | undefined>(undefined)

export function useTexts(): Texts {
  const texts = useContext(TextsContext)
  if (texts === undefined) throw new TypeError('expected a TextsContext above this component')
  return texts
}

/** A part of the state. The selection is kept while the state it was made from is the same. */
export function useSelect<Part>(select: (state: AppState) => Part): Part {
  const { store } = useApp()
  const kept = useRef<{ state: AppState; select: typeof select; part: Part } | undefined>(undefined)
  const read = (): Part => {
    const state = store.get()
    const last = kept.current
    if (last !== undefined && last.state === state && last.select === select) return last.part
    const part = select(state)
    kept.current = { state, select, part }
    return part
  }
  return useSyncExternalStore(store.subscribe, read)
}

const TICK_MS = 30_000
const ticks = { nowMs: Date.now(), listeners: new Set<() => void>() }

setInterval(() => {
  ticks.nowMs = Date.now()
  for (const listener of ticks.listeners) listener()
}, TICK_MS)

/** The present time, good to half a minute: relative times change no faster. */
export function useNow(): number {
  return useSyncExternalStore(subscribeToTicks, () => ticks.nowMs)
}

function subscribeToTicks(listener: () => void): () => void {
  ticks.listeners.add(listener)
  return () => ticks.listeners.delete(listener)
}
