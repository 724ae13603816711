/** Times of requests: `20130524T000000Z`, and the dates of HTTP for clients that send only those. */

const FORM = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/

/** Milliseconds since the epoch, or `undefined` for what is no such time. */
export function parseTimestamp(text: string): number | undefined {
  const found = FORM.exec(text)
  if (!found) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number) as Six
  const ms = Date.UTC(year, month - 1, day, hour, minute, second)
  return formatTimestamp(ms) === text ? ms : undefined
}

type Six = [number, number, number, number, number, number]

export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '')
}

/** A date in a header of HTTP, to the second. */
export function parseHttpDate(text: string): number | undefined {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000) * 1000
}
