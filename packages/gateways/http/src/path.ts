/** Targets of requests. */

/** A path whose parts are escaped: ids and emoji cannot change the route. Half a surrogate pair has no escape. */
export function path(fixed: TemplateStringsArray, ...parts: readonly string[]): string {
  const escaped = parts.map((part) => encodeURIComponent(part.toWellFormed()))
  return fixed.reduce((text, piece, i) => text + (escaped[i - 1] ?? '') + piece)
}

/** `?name=value&…` of what is there, or nothing. */
export function querySuffix(query: object): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query) as [
    string,
    string | number | boolean | undefined,
  ][]) {
    if (value !== undefined) search.set(name, String(value))
  }
  return search.size === 0 ? '' : `?${search.toString()}`
}
