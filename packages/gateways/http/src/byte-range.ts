/**
 * Which bytes of a file a request asks for: `Range` and `If-Range` of RFC 9110, section 14, with one range.
 *
 * Several ranges, other units and what is malformed are passed over, as the RFC allows: the answer is then the whole.
 */

export interface ByteRange {
  readonly offset: number
  /** At least 1. */
  readonly lengthBytes: number
}

/** Digits beyond these are no offset of any file. */
const RANGE = /^bytes=(\d{0,16})-(\d{0,16})$/

/** `undefined`: the whole; `'none'`: the file has no such bytes. */
export function parseByteRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | 'none' | undefined {
  const [, first, last] = RANGE.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') {
    const lengthBytes = Math.min(Number(last), sizeBytes)
    return lengthBytes === 0 ? 'none' : { offset: sizeBytes - lengthBytes, lengthBytes }
  }
  const offset = Number(first)
  if (last !== '' && Number(last) < offset) return undefined
  if (offset >= sizeBytes) return 'none'
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes)
  return { offset, lengthBytes: end - offset }
}
