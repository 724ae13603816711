/** Contents of entries as inputs: CBOR `[type, value]`. */

import { decodeCbor } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import type { Decoded } from '@hamlet/testkit/fuzz'

export function decodeTyped<T>(
  decode: (type: string, value: CborValue) => T | undefined,
): (bytes: Uint8Array) => Decoded<T> {
  return (bytes) => {
    const decoded = decodeCbor(bytes)
    if (!decoded.ok) return decoded
    if (!Array.isArray(decoded.value) || decoded.value.length !== 2) return undefined
    const [type, value] = decoded.value as readonly CborValue[]
    if (typeof type !== 'string') return undefined
    const content = decode(type, value!)
    return content === undefined ? undefined : { ok: true, value: content }
  }
}
