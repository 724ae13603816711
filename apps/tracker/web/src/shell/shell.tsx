/** The frame around everything: sections at the left or, on a phone, at the foot; the pane; a strip that says what is so now. */

import {
  Activity,
  ArrowLeftRight,
  CircleDot,
  Files,
  LayoutList,
  LogOut,
  Network,
  ShieldAlert,
  Unplug,
} from 'lucide-react'
import { IconButton } from '@hamlet/web/ui'
import type { ReactNode } from 'react'
import { countText, sizeText } from '../format/figures.ts'
import { LANGUAGES } from '../i18n/languages.ts'
import type { Language } from '../i18n/languages.ts'
import { useLive, usePage } from '../page-context.tsx'
import { hashOf, SECTIONS } from '../state/route.ts'
import type { Section } from '../state/route.ts'
import { Emblem } from './emblem.tsx'
import styles from './shell.module.css'

const ICONS: Readonly<Record<Section, ReactNode>> = {
  overview: <LayoutList />,
  swarms: <Files />,
  peers: <Network />,
  throughput: <Activity />,
  flow: <ArrowLeftRight />,
  frauds: <ShieldAlert />,
}

export function Shell({
  section,
  children,
}: {
  readonly section: Section
  readonly children: ReactNode
}) {
  const { texts } = usePage()
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main" onClick={focusMain}>
        {texts.app.skip}
      </a>
      <nav className={styles.column} aria-label={texts.app.sections}>
        <header className={styles.brand}>
          <Emblem />
          <div>
            <p className={styles.name}>Hamlet</p>
            <p>{texts.app.title}</p>
          </div>
        </header>
        <ul className={styles.list}>
          {SECTIONS.map((each) => (
            <li key={each}>
              <a
                className={styles.item}
                href={hashOf({ section: each })}
                aria-current={each === section ? 'page' : undefined}
              >
                {ICONS[each]}
                <span>{texts.sections[each]}</span>
              </a>
            </li>
          ))}
        </ul>
        <Settings />
      </nav>
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
      <StatusStrip />
    </div>
  )
}

function Settings() {
  const { texts, language, chooseLanguage, client } = usePage()
  return (
    <div className={styles.settings}>
      <label>
        <span className="visually-hidden">{texts.app.language}</span>
        <select
          value={language}
          onChange={(event) => chooseLanguage(event.target.value as Language)}
        >
          {LANGUAGES.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <IconButton label={texts.app.logOut} onClick={() => void client.logOut()}>
        <LogOut />
      </IconButton>
    </div>
  )
}

function StatusStrip() {
  const { texts, locale } = usePage()
  const { overview, isLost } = useLive()
  return (
    <footer className={styles.strip} aria-label={texts.app.status} data-lost={isLost}>
      {isLost ? (
        <span className={styles.state} role="status">
          <Unplug aria-hidden="true" />
          {texts.app.lost}
        </span>
      ) : (
        <span className={styles.state} data-good={overview !== undefined}>
          <CircleDot aria-hidden="true" />
          {overview === undefined ? texts.app.loading : texts.app.live}
        </span>
      )}
      {overview !== undefined && !isLost && (
        <>
          <span>{texts.app.here(countText(overview.peersHere, locale))}</span>
          <span>{texts.app.rate(sizeText(overview.bytesPerSecond, locale))}</span>
        </>
      )}
    </footer>
  )
}

function focusMain(event: { preventDefault: () => void }) {
  event.preventDefault()
  document.querySelector<HTMLElement>('#main')?.focus()
}
