/**
 * Percent-encoding as S3 does it (RFC 3986): everything but `A-Z a-z 0-9 - . _ ~` is escaped, with upper-case digits.
 *
 * Decoding is strict: a lone `%`, or bytes that are not UTF-8, have no text, since two readers could take them for two keys.
 */

const ALSO_ESCAPED = /[!'()*]/g

export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    ALSO_ESCAPED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** As {@link uriEncode}, with slashes left as they are. */
export function uriEncodePath(text: string): string {
  return text.split('/').map(uriEncode).join('/')
}

export function uriDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
