/** The frame of a pane: where you are, what belongs to all of it, and its contents. */

import { ArrowLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { usePage } from '../page-context.tsx'
import { hashOf } from '../state/route.ts'
import type { Route } from '../state/route.ts'
import styles from './pane.module.css'

interface PaneProps {
  readonly title: ReactNode
  readonly detail?: ReactNode
  /** What this is a part of. */
  readonly back?: Route
  /** Beside the title: a search, a choice. */
  readonly tools?: ReactNode
  /** Whether the contents scroll by themselves, as a table does. */
  readonly isTable?: boolean
  readonly children: ReactNode
}

export function Pane({ title, detail, back, tools, isTable = false, children }: PaneProps) {
  const { texts } = usePage()
  return (
    <>
      <header className={styles.header}>
        {back !== undefined && (
          <a className={styles.back} href={hashOf(back)} aria-label={texts.app.back}>
            <ArrowLeft />
          </a>
        )}
        <div className={styles.titles}>
          <h1>{title}</h1>
          {detail !== undefined && <p>{detail}</p>}
        </div>
        {tools !== undefined && <div className={styles.tools}>{tools}</div>}
      </header>
      <div className={isTable ? styles.table : styles.contents}>{children}</div>
    </>
  )
}

export function Block({
  title,
  tools,
  children,
}: {
  readonly title: string
  readonly tools?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <section className={styles.block}>
      <header>
        <h2>{title}</h2>
        {tools}
      </header>
      {children}
    </section>
  )
}

/** Facts in a row, each a word and a figure. */
export function Facts({
  facts,
}: {
  readonly facts: readonly {
    readonly label: string
    readonly value: ReactNode
    readonly hint?: string
  }[]
}) {
  return (
    <dl className={styles.facts}>
      {facts.map(({ label, value, hint }) => (
        <div key={label} title={hint}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
