/** One author and the logs of the tests. */

import { utf8 } from '@hamlet/core'
import { Log } from '@hamlet/log'
import { signerOf, testCrypto } from './_crypto.ts'
import type { Disk } from '@hamlet/core'
import type { LogOptions } from '@hamlet/log'

export const signer = signerOf(new Uint8Array(32).fill(7))
export const namespace = new Uint8Array(32).fill(9)

export function optionsOf(disk: Disk, more: Partial<LogOptions> = {}): LogOptions {
  const { publicKey } = signer
  return { disk, crypto: testCrypto, directory: 'log', publicKey, namespace, ...more }
}

export function openAuthor(disk: Disk, more: Partial<LogOptions> = {}): Promise<Log> {
  return Log.open(optionsOf(disk, { signer, ...more }))
}

export function openCopy(disk: Disk, more: Partial<LogOptions> = {}): Promise<Log> {
  return Log.open(optionsOf(disk, more))
}

export function block(index: number): Uint8Array {
  return utf8(`block ${index}`)
}

export function blocksOf(from: number, to: number): readonly Uint8Array[] {
  return Array.from({ length: to - from }, (_, i) => block(from + i))
}
