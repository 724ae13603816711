/**
 * A strict DER ECDSA signature to R || S, for the Wycheproof file in DER form. Hamlet itself only stores R || S, so
 * this lives with the tests; what it refuses counts as refused.
 */
export function derToRaw(der: Uint8Array): Uint8Array | undefined {
  if (der[0] !== 0x30 || der[1] === undefined || der[1] >= 0x80) return undefined
  if (der.length !== 2 + der[1]) return undefined
  const r = readInteger(der, 2)
  if (r === undefined) return undefined
  const s = readInteger(der, r.end)
  if (s === undefined || s.end !== der.length) return undefined
  const raw = new Uint8Array(64)
  raw.set(r.value, 32 - r.value.length)
  raw.set(s.value, 64 - s.value.length)
  return raw
}

/** A positive integer of at most 32 bytes in its only form: no needless leading zero. */
function readInteger(
  der: Uint8Array,
  start: number,
): { value: Uint8Array; end: number } | undefined {
  const length = der[start + 1]
  if (der[start] !== 0x02 || length === undefined || length === 0 || length > 33) return undefined
  const end = start + 2 + length
  const bytes = der.subarray(start + 2, end)
  if (bytes.length !== length || bytes[0]! >= 0x80) return undefined
  if (bytes[0] === 0 && length > 1 && bytes[1]! < 0x80) return undefined
  const value = bytes[0] === 0 ? bytes.subarray(1) : bytes
  return value.length <= 32 ? { value, end } : undefined
}
