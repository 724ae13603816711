/** Bytes, rates and the time that is left, in words of a language. */

const KILO = 1000
const UNITS = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
const MINUTE_SECONDS = 60
const HOUR_SECONDS = 3600

/** `512 bytes`, `34 kB`, `1.2 MB`: one decimal from the megabyte on. */
export function sizeText(bytes: number, locale: string): string {
  if (bytes < KILO) return unitText(bytes, 'byte', locale, { unitDisplay: 'long' })
  let value = bytes
  let index = -1
  do {
    value /= KILO
    index++
  } while (roundsUp(value, index) && index < UNITS.length - 1)
  const digits = index === 0 ? 0 : 1
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits } as const
  return unitText(value, UNITS[index]!, locale, options)
}

/** 999,960 bytes are a megabyte, not 1000 kB. */
function roundsUp(value: number, index: number): boolean {
  return value >= (index === 0 ? KILO - 0.5 : KILO - 0.05)
}

export function rateText(bytesPerSecond: number, locale: string): string {
  return `${sizeText(bytesPerSecond, locale)}/s`
}

/** `40 sec`, `3 min`, `2 hr`: as much as anybody can know. */
export function durationText(seconds: number, locale: string): string {
  if (seconds < MINUTE_SECONDS) return unitText(Math.max(1, seconds), 'second', locale)
  if (seconds < HOUR_SECONDS) return unitText(seconds / MINUTE_SECONDS, 'minute', locale)
  return unitText(seconds / HOUR_SECONDS, 'hour', locale)
}

export function percentText(part: number, whole: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent' }).format(fraction(part, whole))
}

/** Rounded down: what says 100 % is whole. */
export function fraction(part: number, whole: number): number {
  if (whole <= 0) return 1
  return Math.floor(Math.min(1, part / whole) * 100) / 100
}

function unitText(
  value: number,
  unit: string,
  locale: string,
  options: Intl.NumberFormatOptions = { maximumFractionDigits: 0 },
): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit, ...options }).format(value)
}
