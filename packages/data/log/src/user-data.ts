/**
 * User data: small named values kept beside a log, for what its user must remember of it and must not sign.
 *
 * All of them are in one file, `user-data`, replaced as a whole. They are of this device alone: no peer sees them. Frozen since
 * version 1, big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     8  "hamletud"
 *          8     4  format version, 1
 *         12     4  number of values
 *         16     …  per value, ascending by key: 1 byte length of the key, the key in UTF-8, 4 bytes length, the value
 *          …     4  CRC-32C of everything before, its initial state xored with the first four bytes of the log id
 */

import {
  compareBytes,
  concatBytes,
  decodeUtf8,
  equalBytes,
  idToBytes,
  utf8,
  crc32c,
} from '@hamlet/core'
import { LogError } from './errors.ts'
import { readUint32, writeUint32 } from './frame.ts'
import { USER_DATA_BYTES_MAX, USER_DATA_KEY_BYTES_MAX } from './limits.ts'
import type { Disk, LogId } from '@hamlet/core'

export type UserValues = ReadonlyMap<string, Uint8Array>

const MAGIC = utf8('hamletud')
const VERSION = 1
const START_BYTES = 16

export class UserData {
  readonly #disk: Disk
  readonly #path: string
  readonly #id: LogId
  /** `undefined`: the file is damaged. */
  #values: UserValues | undefined
  #last: Promise<unknown> = Promise.resolve()

  private constructor(disk: Disk, path: string, id: LogId, values: UserValues | undefined) {
    this.#disk = disk
    this.#path = path
    this.#id = id
    this.#values = values
  }

  static async open(disk: Disk, directory: string, id: LogId): Promise<UserData> {
    const path = `${directory}/user-data`
    const bytes = await disk.readAll(path)
    const values = bytes ? decodeUserData(id, bytes) : new Map<string, Uint8Array>()
    return new UserData(disk, path, id, values)
  }

  get isDamaged(): boolean {
    return this.#values === undefined
  }

  /** A copy of the value. @throws LogError `LOG_DAMAGED` */
  get(key: string): Uint8Array | undefined {
    if (!this.#values) throw new LogError('LOG_DAMAGED', 'the user data of a log are damaged')
    return this.#values.get(key)?.slice()
  }

  /** Durable when resolved; `undefined` takes the value away. What was damaged is lost with it. */
  set(key: string, value: Uint8Array | undefined): Promise<void> {
    const own = value?.slice()
    const action = (): Promise<void> => this.#set(key, own)
    const mine = this.#last.then(action, action)
    this.#last = mine
    return mine
  }

  async settled(): Promise<void> {
    await this.#last.catch(() => undefined)
  }

  async #set(key: string, value: Uint8Array | undefined): Promise<void> {
    const values = new Map(this.#values)
    if (value) values.set(key, value)
    else values.delete(key)
    const bytes = encodeUserData(this.#id, values)
    const keyBytes = utf8(key)
    const isKey = keyBytes.length > 0 && keyBytes.length <= USER_DATA_KEY_BYTES_MAX
    if (!isKey || decodeUtf8(keyBytes) !== key || bytes.length > USER_DATA_BYTES_MAX) {
      throw new LogError('LOG_USER_DATA', 'no room for such user data', {
        fields: { keyBytes: keyBytes.length, bytes: bytes.length, limit: USER_DATA_BYTES_MAX },
      })
    }
    await this.#disk.write(this.#path, bytes)
    this.#values = values
  }
}

export function encodeUserData(id: LogId, values: UserValues): Uint8Array {
  const start = new Uint8Array(START_BYTES)
  start.set(MAGIC)
  writeUint32(start, 8, VERSION)
  writeUint32(start, 12, values.size)
  const named = [...values].map(([key, value]) => [utf8(key), value] as const)
  const parts = named
    .sort(([a], [b]) => compareBytes(a, b))
    .flatMap(([key, value]) => [new Uint8Array([key.length]), key, uint32(value.length), value])
  const body = concatBytes(start, ...parts)
  return concatBytes(body, uint32(checksum(id, body)))
}

/** `undefined` unless `bytes` are the intact file of this log. */
export function decodeUserData(id: LogId, bytes: Uint8Array): UserValues | undefined {
  const end = bytes.length - 4
  if (end < START_BYTES || bytes.length > USER_DATA_BYTES_MAX) return undefined
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return undefined
  if (readUint32(bytes, 8) !== VERSION) return undefined
  if (readUint32(bytes, end) !== checksum(id, bytes.subarray(0, end))) return undefined
  return decodeValues(bytes.subarray(START_BYTES, end), readUint32(bytes, 12))
}

function decodeValues(bytes: Uint8Array, count: number): UserValues | undefined {
  const values = new Map<string, Uint8Array>()
  let before = new Uint8Array()
  let at = 0
  while (at < bytes.length) {
    const keyEnd = at + 1 + bytes[at]!
    if (keyEnd + 4 > bytes.length) return undefined
    const keyBytes = bytes.slice(at + 1, keyEnd)
    const key = decodeUtf8(keyBytes)
    const end = keyEnd + 4 + readUint32(bytes, keyEnd)
    if (key === undefined || keyBytes.length > USER_DATA_KEY_BYTES_MAX) return undefined
    if (end > bytes.length || compareBytes(before, keyBytes) >= 0) return undefined
    values.set(key, bytes.slice(keyEnd + 4, end))
    before = keyBytes
    at = end
  }
  return values.size === count ? values : undefined
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  writeUint32(bytes, 0, value)
  return bytes
}

function checksum(id: LogId, bytes: Uint8Array): number {
  return crc32c(bytes, 0, bytes.length, readUint32(idToBytes(id), 0))
}
