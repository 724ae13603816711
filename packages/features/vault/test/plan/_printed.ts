/** Figures as a table prints them: whether a value is what was printed, to its last digit. */

/** Understands `0.972`, `3.4e-7`, `2.7 %` and `<1e-14`. */
export function isPrinted(printed: string, value: number): boolean {
  if (printed.startsWith('<')) return value < Number(printed.slice(1))
  const isPercent = printed.endsWith('%')
  const [mantissa, exponent] = printed.replace('%', '').trim().split('e')
  const decimals = mantissa!.split('.')[1]?.length ?? 0
  const scale = 10 ** Number(exponent ?? 0) / (isPercent ? 100 : 1)
  const halfUnit = (10 ** -decimals / 2) * scale
  return Math.abs(value - Number(mantissa) * scale) <= halfUnit * (1 + 1e-9)
}

/** The rows of a table of text: cells between bars, the first of each row is its name. */
export function tableRows(text: string): readonly (readonly string[])[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
}

/** `3-of-10`. */
export function schemeOf(text: string): { readonly needed: number; readonly total: number } {
  const [needed, total] = text.split('-of-').map(Number)
  return { needed: needed!, total: total! }
}
