/** Small parts: ids of people and peers, moments, links, states of loading. */

import { CircleAlert, CircleHelp, LoaderCircle } from 'lucide-react'
import { Avatar, Button, classes, Empty } from '@hamlet/web/ui'
import type { ReactNode } from 'react'
import { exactTime, shortId } from '../format/figures.ts'
import { useMoment, usePage } from '../page-context.tsx'
import type { Loaded, Pages } from '../state/use-loaded.ts'
import { hashOf } from '../state/route.ts'
import type { Route } from '../state/route.ts'
import styles from './pieces.module.css'

export function PlaceLink({
  to,
  className,
  children,
}: {
  readonly to: Route
  readonly className?: string | undefined
  readonly children: ReactNode
}) {
  return (
    <a href={hashOf(to)} className={classes(styles.link, className)}>
      {children}
    </a>
  )
}

/** The colour comes from the key, so it cannot be borrowed. */
export function PersonName({ id }: { readonly id: string }) {
  return (
    <span className={styles.person} title={id}>
      <Avatar id={id} name={id.slice(0, 2)} size="small" />
      <span className={styles.id}>{shortId(id)}</span>
    </span>
  )
}

export function Moment({ atMs }: { readonly atMs: number }) {
  const { locale } = usePage()
  const moment = useMoment()
  return (
    <time dateTime={new Date(atMs).toISOString()} title={exactTime(atMs, locale)}>
      {moment(atMs)}
    </time>
  )
}

export function Loading() {
  const { texts } = usePage()
  return (
    <p className={styles.loading} role="status">
      <LoaderCircle aria-hidden="true" />
      {texts.app.loading}
    </p>
  )
}

export function Failure({
  error,
  retry,
}: Pick<Loaded<unknown> | Pages<unknown>, 'error' | 'retry'>) {
  const { texts } = usePage()
  if (error === undefined) return null
  if (error.status === 404) {
    return <Empty icon={<CircleHelp />} title={texts.app.unknown} hint={texts.app.unknownHint} />
  }
  return (
    <Empty icon={<CircleAlert />} title={texts.app.failed} hint={texts.app.failedHint}>
      <Button onClick={retry}>{texts.app.retry}</Button>
    </Empty>
  )
}
