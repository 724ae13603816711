/** Limits as people write them: a number of units with a comma or a point, or nothing for no limit. Pure. */

const AMOUNT = /^\d{1,9}([.,]\d{1,6})?$/

export function amountText(bytes: number, unit: number, locale: string): string {
  if (bytes === 0) return ''
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: 6, useGrouping: false })
  return format.format(bytes / unit)
}

/** Bytes; 0 for nothing, undefined for what is no number. */
export function readAmount(text: string, unit: number): number | undefined {
  const written = text.trim()
  if (written === '') return 0
  if (!AMOUNT.test(written)) return undefined
  return Math.round(Number(written.replace(',', '.')) * unit)
}
