/** The headers of a request as they were sent: lower-case names, values of a name that comes twice joined by a comma. */

export type HeaderMap = ReadonlyMap<string, string>

/** `raw`: names and values in turn, as node:http has them. */
export function headerMap(raw: readonly string[]): HeaderMap {
  const map = new Map<string, string>()
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    const before = map.get(name)
    map.set(name, before === undefined ? raw[i + 1]! : `${before},${raw[i + 1]!}`)
  }
  return map
}
