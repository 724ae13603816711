/** Figures as people read them: sizes with one decimal, ids by their first digits, moments in words. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const NOW_MS = 45_000

/** `1.5 GB`; whole below a thousand bytes. Negative sizes keep their sign. */
export function sizeText(bytes: number, locale: string): string {
  const size = Math.abs(bytes)
  let power = size < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(size) / 3))
  // 999,960 bytes would read 1,000.0 kB.
  if (power > 0 && power < UNITS.length - 1 && Math.round((size / 1000 ** power) * 10) >= 10_000)
    power += 1
  const digits = power === 0 ? 0 : 1
  const format = new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return `${format.format(bytes / 1000 ** power)} ${UNITS[power]}`
}

/** With its sign, also when it is a gain. */
export function balanceText(
  { gaveBytes, receivedBytes }: { readonly gaveBytes: number; readonly receivedBytes: number },
  locale: string,
): string {
  const balance = gaveBytes - receivedBytes
  return `${balance > 0 ? '+' : ''}${sizeText(balance, locale)}`
}

export function countText(count: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(count)
}

/** `12,345` up to there, then `1.2M`. */
export function shortCount(count: number, locale: string): string {
  if (count < 100_000) return countText(count, locale)
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(
    count,
  )
}

export function percentText(share: number, locale: string): string {
  // Not 100 % before it is all.
  const shown = share >= 1 ? 1 : Math.min(share, 0.99)
  return new Intl.NumberFormat(locale, { style: 'percent' }).format(shown)
}

/** `1.25`, or `≥ 1.25` where not all were counted. */
export function copiesText(
  { copies, isAtLeast }: { readonly copies: number | null; readonly isAtLeast: boolean },
  locale: string,
): string {
  if (copies === null) return '–'
  const format = new Intl.NumberFormat(locale, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  })
  return `${isAtLeast ? '≥ ' : ''}${format.format(copies)}`
}

/** The first eight digits in two groups: enough to tell people of a group apart, short enough to say aloud. */
export function shortId(id: string): string {
  return `${id.slice(0, 4)} ${id.slice(4, 8)}`
}

/** `5 minutes ago`, and beyond a week the date. */
export function momentText(atMs: number, nowMs: number, locale: string, now: string): string {
  const deltaMs = atMs - nowMs
  const sizeMs = Math.abs(deltaMs)
  if (sizeMs < NOW_MS) return now
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  if (sizeMs < HOUR_MS) return format.format(Math.round(deltaMs / MINUTE_MS), 'minute')
  if (sizeMs < DAY_MS) return format.format(Math.round(deltaMs / HOUR_MS), 'hour')
  if (sizeMs < 8 * DAY_MS) return format.format(Math.round(deltaMs / DAY_MS), 'day')
  return dayText(atMs, locale)
}

export function dayText(atMs: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(atMs)
}

export function exactTime(atMs: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' }).format(atMs)
}

export function shortTime(atMs: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: 'numeric',
    minute: '2-digit',
  }).format(atMs)
}
