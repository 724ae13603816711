/**
 * What a space keeps beside its logs: which logs there are (a small file), and how far they were followed (a `Kv`).
 *
 * File `space`, a CBOR array, replaced as a whole whenever a log is added:
 *
 *     INDEX  FIELD
 *     0      format, 2; 1 is read too and has no fifth element
 *     1      space id, 32 bytes
 *     2      founder's device, 32 bytes, or null while a joiner does not know it
 *     3      devices with a log under `logs/<device>`, ascending
 *     4      further histories of devices, as they came: [device, key], the log under `branches/<key>`
 *
 * The `Kv` holds a journal of what following the logs gave, in the order it was found, and a cursor per device. Both
 * are derived: without them, or when they do not fit the logs, the logs are followed again from the beginning.
 *
 *     KEY               VALUE
 *     00                format, 2; version of the rules by which it was found, `rules-version.ts`
 *     01 ‖ n (uint32)   ['d', device] | ['p', counts] | ['r', device index, from, past] |
 *                       ['c', device index, seq, past, author or null, role or null, authorised, least rank,
 *                        tenure or null] |
 *                       ['l', epoch, device index, seq]
 *     03                entries per epoch, see `epoch-volumes.ts`
 *     02 ‖ device       [checked, applied, milliseconds, counter, rejected seq or null, reason or null]
 *
 * Invariant: a batch is written after the log entries it speaks of are durable, and all or nothing.
 */

import {
  concatBytes,
  decodeFields,
  encodeCbor,
  equalBytes,
  idToBytes,
  uint32ToBytes,
} from '@hamlet/core'
import type { CborValue, DeviceId, Disk, FieldReader, Kv, KvWrite, SpaceId } from '@hamlet/core'

import { RULES_VERSION } from './rules-version.ts'
import { SECRETS_FILE } from './secret-store.ts'

export interface SpaceFile {
  readonly space: SpaceId
  readonly founderDevice: DeviceId | undefined
  readonly devices: readonly DeviceId[]
  readonly branches: readonly BranchName[]
}

/** See `log-set.ts`. */
export interface BranchName {
  readonly device: DeviceId
  readonly key: DeviceId
}

export interface Cursor {
  readonly device: DeviceId
  readonly value: CborValue
}

export interface StoredProgress {
  readonly journal: readonly CborValue[]
  readonly cursors: ReadonlyMap<DeviceId, CborValue>
  readonly volumes: Uint8Array | undefined
}

export const FORKS_DIRECTORY = 'forks'

const FORMAT = 2
const WRITTEN_FORMAT = 1
const PROGRESS_FORMAT = 2
const FILE = 'space'
const WRITTEN_FILE = 'written'
const DEVICES_MAX = 10_000
const BRANCHES_MAX = 10_000
const FILE_LIMITS = { bytesMax: 2 * 1024 * 1024, itemsMax: DEVICES_MAX + 3 * BRANCHES_MAX + 10 }
const FORMAT_KEY = Uint8Array.of(0)
const JOURNAL_PREFIX = Uint8Array.of(1)
const CURSOR_PREFIX = Uint8Array.of(2)
const VOLUMES_KEY = Uint8Array.of(3)

export function logDirectory(device: DeviceId): string {
  return `logs/${device}`
}

export function branchDirectory(key: DeviceId): string {
  return `branches/${key}`
}

/** `seq`: where the histories part. */
export function forkFile(device: DeviceId, seq: number): string {
  return `${FORKS_DIRECTORY}/${device}-${seq}`
}

/** `undefined` when there is no space here, or its file is not one. */
export async function readSpaceFile(disk: Disk): Promise<SpaceFile | undefined> {
  const bytes = await disk.readAll(FILE)
  const decoded = bytes && decodeFields(bytes, 'space file', readFile, FILE_LIMITS)
  return decoded?.ok === true ? decoded.value : undefined
}

/**
 * Remembers how long this device's own log was, in the file `written`: format 1, length. It outlives the deletion of
 * the space, so that a device that comes back writes nothing before it has fetched what it wrote, and signs no second
 * history.
 */
export async function writeOwnLength(disk: Disk, length: number): Promise<void> {
  const known = await readOwnLength(disk)
  if (length > known) await disk.write(WRITTEN_FILE, encodeCbor([WRITTEN_FORMAT, length]))
}

/** 0 when the space was never deleted from here. */
export async function readOwnLength(disk: Disk): Promise<number> {
  const bytes = await disk.readAll(WRITTEN_FILE)
  const read =
    bytes &&
    decodeFields(bytes, 'written file', (fields) => {
      fields.literal(WRITTEN_FORMAT)
      return fields.uint()
    })
  return read?.ok === true ? read.value : 0
}

/** Deletes every log, proof, secret and file of a space, the file that names them last. It must not be open. */
export async function eraseSpaceFiles(disk: Disk): Promise<void> {
  const file = await readSpaceFile(disk)
  for (const device of file?.devices ?? []) await removeFiles(disk, logDirectory(device))
  for (const { key } of file?.branches ?? []) await removeFiles(disk, branchDirectory(key))
  await removeFiles(disk, FORKS_DIRECTORY)
  await disk.remove(SECRETS_FILE)
  if (file !== undefined) await disk.remove(FILE)
}

/** Deletes what is in a directory. */
export async function removeFiles(disk: Disk, directory: string): Promise<void> {
  const names = await disk.list(directory)
  for (const name of names) await disk.remove(`${directory}/${name}`)
  if (names.length > 0) await disk.syncDirectory(directory)
}

function readFile(fields: FieldReader): SpaceFile {
  const format = fields.uint(FORMAT)
  if (format === 0) throw fields.refuse('no such format')
  return {
    space: fields.id(),
    founderDevice: fields.optional(() => fields.id<DeviceId>()),
    devices: fields.list(DEVICES_MAX, (items) => items.id<DeviceId>()),
    branches: format === 1 ? [] : fields.list(BRANCHES_MAX, readBranchName),
  }
}

function readBranchName(items: FieldReader): BranchName {
  return items.tuple((pair) => ({ device: pair.id<DeviceId>(), key: pair.id<DeviceId>() }))
}

export async function writeSpaceFile(disk: Disk, file: SpaceFile): Promise<void> {
  const founder = file.founderDevice === undefined ? null : idToBytes(file.founderDevice)
  const devices = [...file.devices].sort().map((device) => idToBytes(device))
  const branches = file.branches.map(({ device, key }) => [idToBytes(device), idToBytes(key)])
  await disk.write(FILE, encodeCbor([FORMAT, idToBytes(file.space), founder, devices, branches]))
}

export class ProgressStore {
  readonly #kv: Kv
  readonly #format: Uint8Array
  #journalCount = 0
  #writing: Promise<void> = Promise.resolve()

  /** `rules`: by which it is found. Under others operations count that were passed over before. */
  constructor(kv: Kv, rules: number = RULES_VERSION) {
    this.#kv = kv
    this.#format = Uint8Array.of(PROGRESS_FORMAT, rules)
  }

  /** `undefined` when nothing usable is stored. */
  async read(): Promise<StoredProgress | undefined> {
    const format = await this.#kv.get(FORMAT_KEY)
    if (format === undefined || !equalBytes(format, this.#format)) return undefined
    const journal: CborValue[] = []
    const cursors = new Map<DeviceId, CborValue>()
    for await (const [key, value] of this.#kv.range({ gte: JOURNAL_PREFIX, lt: VOLUMES_KEY })) {
      const record = decodeFields(concatBytes(Uint8Array.of(0x81), value), 'record', (fields) =>
        fields.value(),
      )
      if (!record.ok) return undefined
      if (key[0] === JOURNAL_PREFIX[0]) journal.push(record.value)
      else cursors.set(deviceOf(key), record.value)
    }
    this.#journalCount = journal.length
    return { journal, cursors, volumes: await this.#kv.get(VOLUMES_KEY) }
  }

  async clear(): Promise<void> {
    this.#journalCount = 0
    await this.#kv.clear()
  }

  /** Writes behind earlier writes. After a failure nothing more is written: what is stored stays consistent. */
  write(
    journal: readonly CborValue[],
    cursors: readonly Cursor[],
    volumes: Uint8Array,
  ): Promise<void> {
    const writes: KvWrite[] = [
      { type: 'put', key: FORMAT_KEY, value: this.#format },
      { type: 'put', key: VOLUMES_KEY, value: volumes },
    ]
    for (const record of journal) {
      const key = concatBytes(JOURNAL_PREFIX, uint32ToBytes(this.#journalCount++))
      writes.push({ type: 'put', key, value: encodeCbor(record) })
    }
    for (const { device, value } of cursors) {
      const key = concatBytes(CURSOR_PREFIX, idToBytes(device))
      writes.push({ type: 'put', key, value: encodeCbor(value) })
    }
    // A rejected promise stays rejected, so nothing follows a batch that failed.
    this.#writing = this.#writing.then(() => this.#kv.batch(writes))
    return this.#writing
  }
}

function deviceOf(key: Uint8Array): DeviceId {
  let hex = ''
  for (const byte of key.subarray(1)) hex += byte.toString(16).padStart(2, '0')
  return hex as DeviceId
}
