/** Schemas that several routes share. Inputs are strict: a field that is not known was meant to do something. */

import { z } from '@hono/zod-openapi'
import { base64ToBytes, base64UrlToBytes } from '@hamlet/core'

export const topic = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits')
  .openapi({ example: '0'.repeat(64), description: 'What names a swarm to those who know it.' })
export const peerId = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits')
  .openapi({ example: '0'.repeat(64), description: "The device's Ed25519 key." })
/** A peer as replies name it: one of PeerNet is a UUID. */
export const anyPeerId = z.string().openapi({ example: '0'.repeat(64) })
export const timeMs = z.number().openapi({ description: 'Milliseconds since the Unix epoch.' })
export const count = z.int().min(0)

/** Half a surrogate pair has no UTF-8, and PostgreSQL stores no zero. */
export function text(lengthMax: number, lengthMin = 1) {
  return z
    .string()
    .min(lengthMin)
    .max(lengthMax)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'expected Unicode text')
}

/** One line that is shown to people: no control and no direction characters. */
export function line(lengthMax: number) {
  return text(lengthMax).regex(
    // oxlint-disable-next-line eslint/no-control-regex -- these are what is refused
    /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/,
    'expected one line without control characters',
  )
}

export function base64(bytesMax: number) {
  return z
    .string()
    .max(4 * Math.ceil(bytesMax / 3))
    .refine((value) => base64ToBytes(value) !== undefined, 'expected canonical base64')
}

export const base64Url = z
  .string()
  .max(200)
  .refine((value) => base64UrlToBytes(value) !== undefined, 'expected canonical base64url')
