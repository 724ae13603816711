/**
 * Accounts on a disk: a file for each, replaced whole and durable when the promise resolves (`Disk.write`).
 *
 * The file's name is the account's key, with ids to the base 32, since names on a disk are short and hex would not fit. So
 * even of a file that cannot be read it is known whose it was: an account that may have signed is never taken for none.
 */

import type { Disk } from '@hamlet/core'
import type { AccountStore } from './account-book.ts'

const PUBLIC = 'public'
const KEY = /^(payer|payee)-(public|[0-9a-f]{64})-([0-9a-f]{64})$/
const NAME = /^(payer|payee)-(public|[0-9a-v]{52})-([0-9a-v]{52})$/

export function createDiskAccountStore(disk: Disk, directory = 'credits'): AccountStore {
  return {
    async load() {
      const records = new Map<string, Uint8Array>()
      for (const name of await disk.list(directory)) {
        const [, role, group, device] = NAME.exec(name) ?? []
        if (role === undefined) continue
        const bytes = await disk.readAll(`${directory}/${name}`)
        const key = `${role}-${toHex(group!)}-${toHex(device!)}`
        if (bytes !== undefined) records.set(key, bytes)
      }
      return records
    },
    save: (key, bytes) => disk.write(`${directory}/${nameOf(key)}`, bytes),
  }
}

function nameOf(key: string): string {
  const [, role, group, device] = KEY.exec(key)!
  return `${role}-${toBase32(group!)}-${toBase32(device!)}`
}

function toBase32(id: string): string {
  return id === PUBLIC ? id : BigInt(`0x${id}`).toString(32).padStart(52, '0')
}

function toHex(digits: string): string {
  if (digits === PUBLIC) return digits
  let value = 0n
  for (const digit of digits) value = value * 32n + BigInt(Number.parseInt(digit, 32))
  return value.toString(16).padStart(64, '0')
}
