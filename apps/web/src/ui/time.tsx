/** A moment in words; the exact time on hover. It refreshes every half minute with the page's own clock. */

import { useApp, useNow } from '../app-context.tsx'
import { clockTime, exactTime, listTime, relativeTime } from '../format/time.ts'

interface TimeProps {
  readonly atMs: number
  readonly style?: 'relative' | 'clock' | 'list'
  readonly className?: string | undefined
}

export function Time({ atMs, style = 'relative', className }: TimeProps) {
  const { words } = useApp()
  const nowMs = useNow()
  const text =
    style === 'clock'
      ? clockTime(atMs, words.locale)
      : style === 'list'
        ? listTime(atMs, nowMs, words)
        : relativeTime(atMs, nowMs, words)
  return (
    <time
      dateTime={new Date(atMs).toISOString()}
      title={exactTime(atMs, words.locale)}
      className={className}
    >
      {text}
    </time>
  )
}

/** The same as plain text, for sentences. */
export function useRelative(): (atMs: number) => string {
  const { words } = useApp()
  const nowMs = useNow()
  return (atMs) => relativeTime(atMs, nowMs, words)
}
