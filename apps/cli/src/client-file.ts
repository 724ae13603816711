/**
 * The file of a certified program: one JSON document with what it needs to sign, and nothing secret. It is what
 * `hamlet client certify` was answered:
 *
 *     {"publicKey":"…","label":"…","person":"64 hex","device":"64 hex","certificate":"base64","expiresAtMs"?:…}
 */

import { base64ToBytes, isId } from '@hamlet/core'

import { CliError } from './errors.ts'

export interface ClientFile {
  readonly person: string
  readonly device: string
  readonly publicKey: string
  readonly certificate: Uint8Array
}

const PUBLIC_KEY = /^[0-9a-f]{64,130}$/

/** @throws CliError `FILE_FAILED` */
export function parseClientFile(text: string): ClientFile {
  const { person, device, publicKey, certificate } = parseObject(text)
  const isWhole =
    typeof person === 'string' &&
    typeof device === 'string' &&
    typeof publicKey === 'string' &&
    typeof certificate === 'string'
  if (!isWhole || !isId(person) || !isId(device) || !PUBLIC_KEY.test(publicKey)) throw refusal()
  const bytes = base64ToBytes(certificate)
  if (bytes === undefined) throw refusal()
  return { person, device, publicKey, certificate: bytes }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Told below, in the words of this command.
  }
  throw refusal()
}

function refusal(): CliError {
  const message = 'expected the file of a certified client, as hamlet client certify writes it'
  return new CliError('FILE_FAILED', message)
}
