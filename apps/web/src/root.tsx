/** The page before the app: language, session, and the invitation that may have come with the link. */

import { createHttpClient } from '@hamlet/http/client'
import { useCallback, useEffect, useState } from 'react'
import { App } from './app.tsx'
import { TextsContext } from './app-context.tsx'
import type { Overlay } from './app-context.tsx'
import { payloadToLink } from './files/share-links.ts'
import type { Texts } from './i18n/en.ts'
import { chooseLanguage, formatLocale, loadTexts } from './i18n/languages.ts'
import type { Language } from './i18n/languages.ts'
import { Gate } from './start/gate.tsx'
import { LocalNotes } from './state/local-notes.ts'
import { httpFiles } from './state/page-files.ts'
import { parseErrand } from './state/route.ts'
import type { Errand } from './state/route.ts'
import { openSession } from './state/session.ts'
import type { SessionResult } from './state/session.ts'
import { pageFetch } from './state/upload-fetch.ts'
import { TooltipProvider } from './ui/tooltip.tsx'

const notes = new LocalNotes(localStorage)

// Begun with everything else, and not when the first component asks for them.
void loadTexts(wantedLanguage(notes.value('language') as Language | ''))

/** Read once, when the module loads: a code must not be exchanged twice. The secret leaves the address bar at once. */
const errand = takeErrand()
let session: Promise<SessionResult> | undefined

function takeErrand(): Errand | undefined {
  const found = parseErrand(location.hash)
  if (found !== undefined) history.replaceState(null, '', `${location.pathname}#/`)
  return found
}

function firstSession(): Promise<SessionResult> {
  session ??= connect(errand?.kind === 'login' ? errand.code : undefined)
  return session
}

function connect(code: string | undefined): Promise<SessionResult> {
  return openSession({ createClient, storage: sessionStorage, code })
}

function createClient(token: string | undefined) {
  const known = token === undefined ? {} : { token }
  return createHttpClient({ baseUrl: location.origin, fetch: pageFetch, ...known })
}

export function Root() {
  const [result, setResult] = useState<SessionResult | undefined>(undefined)
  const language = useLanguage()
  useEffect(() => {
    let current = true
    void firstSession().then((opened) => current && setResult(opened))
    return () => {
      current = false
    }
  }, [])
  useReloadOnLogin()
  const refuse = useCallback(() => setResult({ kind: 'closed', reason: 'expired' }), [])
  if (language.texts === undefined) return null
  if (result?.kind !== 'open') {
    return (
      <TextsContext value={language.texts}>
        <Gate
          reason={result?.reason}
          onRetry={() => void connect(undefined).then((opened) => setResult(opened))}
        />
      </TextsContext>
    )
  }
  return (
    <TextsContext value={language.texts}>
      <TooltipProvider>
        <App
          api={result.client}
          notes={notes}
          locale={language.locale}
          texts={language.texts}
          chosenLanguage={language.chosen}
          onLanguage={language.choose}
          onRefused={refuse}
          files={httpFiles(result.client)}
          errand={errandOverlay()}
        />
      </TooltipProvider>
    </TextsContext>
  )
}

function errandOverlay(): Overlay {
  if (errand?.kind === 'join') return { kind: 'join', link: `hamlet:join#${errand.payload}` }
  if (errand?.kind === 'share') {
    return { kind: 'open-share-link', link: payloadToLink(errand.payload) }
  }
  return { kind: 'none' }
}

/** A link opened in a tab that is open already only changes the fragment: begin again with it. */
function useReloadOnLogin() {
  useEffect(() => {
    const listener = () => {
      if (parseErrand(location.hash) !== undefined) location.reload()
    }
    addEventListener('hashchange', listener)
    return () => removeEventListener('hashchange', listener)
  }, [])
}

function wantedLanguage(chosen: Language | ''): Language {
  return chosen === '' ? chooseLanguage(navigator.languages) : chosen
}

function useLanguage() {
  const [chosen, setChosen] = useState<Language | ''>(
    () => notes.value('language') as Language | '',
  )
  const [texts, setTexts] = useState<Texts | undefined>(undefined)
  const language = wantedLanguage(chosen)
  const locale = formatLocale(language, navigator.languages)
  useEffect(() => {
    let current = true
    void loadTexts(language).then((loaded) => {
      if (!current) return
      document.documentElement.lang = language
      setTexts(loaded)
    })
    return () => {
      current = false
    }
  }, [language])
  const choose = useCallback((language: Language | '') => {
    notes.setValue('language', language)
    setChosen(language)
  }, [])
  return { chosen, locale, texts, choose }
}
