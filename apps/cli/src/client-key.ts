/**
 * The key of a program that signs for a person, in a file of its own: made, read, asked for its public half, signed with.
 *
 * The file is PKCS#8 in PEM, as OpenSSL and every language's library read it. It is made with mode 0600, never written
 * over, and not used while others on the machine could read it.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { stat } from 'node:fs/promises'

import { CliError } from './errors.ts'
import { absolutePath } from './io.ts'
import type { Io } from './io.ts'
import { readSmallFile } from './small-file.ts'

export type ClientAlgorithm = 'ed25519' | 'p256'

/** PKCS#8 in PEM. */
export function generateClientKey(algorithm: ClientAlgorithm): string {
  const { privateKey } =
    algorithm === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

/** @throws CliError `KEY_EXPOSED`, `KEY_UNUSABLE`, `FILE_FAILED` */
export async function readClientKey(io: Io, file: string): Promise<KeyObject> {
  const pem = await readSmallFile(io, file)
  await requirePrivate(io, file)
  try {
    const key = createPrivateKey(pem)
    clientPublicKey(key)
    return key
  } catch (cause) {
    if (cause instanceof CliError) throw cause
    const message = `${file} is not an unencrypted private key in PEM`
    throw new CliError('KEY_UNUSABLE', message, { cause })
  }
}

/** Hex: 64 digits for Ed25519, an uncompressed point of 130 for P-256. @throws CliError `KEY_UNUSABLE` */
export function clientPublicKey(key: KeyObject): string {
  const { crv, x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' })
  if (crv === 'Ed25519') return hex(x)
  if (crv === 'P-256') return `04${hex(x)}${hex(y)}`
  throw new CliError('KEY_UNUSABLE', `expected a key of Ed25519 or P-256, got ${crv ?? 'another'}`)
}

function hex(part: string): string {
  return Buffer.from(part, 'base64url').toString('hex')
}

/** 64 bytes either way. */
export function signWithClientKey(key: KeyObject, message: Uint8Array): Uint8Array {
  const isEd25519 = key.asymmetricKeyType === 'ed25519'
  const signature = isEd25519
    ? sign(null, message, key)
    : sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })
  return new Uint8Array(signature)
}

async function requirePrivate(io: Io, file: string): Promise<void> {
  if (io.platform === 'win32') return
  const { mode } = await stat(absolutePath(io, file))
  if ((mode & 0o077) === 0) return
  const message = `others on this machine can read ${file}; close it with chmod 600, and consider it leaked`
  throw new CliError('KEY_EXPOSED', message)
}
