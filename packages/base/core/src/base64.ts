/**
 * Base64 (RFC 4648 section 4, padded) and base64url (section 5, unpadded), strictly: one text for one byte string.
 *
 * Decoders return `undefined` for anything the encoder would not have written: foreign characters, wrong padding and
 * unused bits that are not zero. Links and signed notes are compared as text, so a second spelling is a defect.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const ALPHABET_URL = `${ALPHABET.slice(0, 62)}-_`
const VALUES = valuesByCharacterCode(ALPHABET)
const VALUES_URL = valuesByCharacterCode(ALPHABET_URL)

export function bytesToBase64(bytes: Uint8Array): string {
  const text = encode(bytes, ALPHABET)
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

export function bytesToBase64Url(bytes: Uint8Array): string {
  return encode(bytes, ALPHABET_URL)
}

export function base64ToBytes(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return decode(text.slice(0, text.length - padding), VALUES)
}

export function base64UrlToBytes(text: string): Uint8Array | undefined {
  return decode(text, VALUES_URL)
}

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = ''
  let buffered = 0
  let bits = 0
  for (const byte of bytes) {
    buffered = ((buffered << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 6) {
      bits -= 6
      text += alphabet[(buffered >> bits) & 63]
    }
  }
  return bits === 0 ? text : text + alphabet[(buffered << (6 - bits)) & 63]
}

function decode(text: string, values: Int8Array): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let buffered = 0
  let bits = 0
  let offset = 0
  for (let i = 0; i < text.length; i++) {
    const value = values[text.charCodeAt(i)] ?? -1
    if (value < 0) return undefined
    buffered = ((buffered << 6) | value) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[offset++] = buffered >> bits
    }
  }
  const unused = buffered & ((1 << bits) - 1)
  return unused === 0 ? bytes : undefined
}

function valuesByCharacterCode(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(-1)
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i
  return values
}
