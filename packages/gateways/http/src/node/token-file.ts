/**
 * The file with the token of the command line: 43 characters of base64url (32 random bytes) and a line end, mode 0600,
 * in a folder of mode 0700.
 */

import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { base64UrlToBytes, bytesToBase64Url } from '@hamlet/core'
import type { Random } from '@hamlet/core'

import { HttpServerError } from '../errors.ts'
import { TOKEN_BYTES } from '../limits.ts'
import { requirePrivate } from './listen.ts'

/** Makes a new token and puts it in place of the old file, if there is one. */
export async function createTokenFile(path: string, random: Random): Promise<string> {
  const token = bytesToBase64Url(random.bytes(TOKEN_BYTES))
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await requirePrivate(dirname(path))
  const temporary = `${path}.${bytesToBase64Url(random.bytes(6))}`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(`${token}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await chmod(temporary, 0o600)
  await rename(temporary, path)
  return token
}

/** @throws HttpServerError `HTTP_UNSAFE_PERMISSIONS`, `HTTP_TOKEN_UNREADABLE`; the system's error when it is missing */
export async function readTokenFile(path: string): Promise<string> {
  await requirePrivate(path)
  const token = (await readFile(path, 'utf8')).trim()
  if (base64UrlToBytes(token)?.length === TOKEN_BYTES) return token
  throw new HttpServerError('HTTP_TOKEN_UNREADABLE', `${path} does not hold a token`)
}
