/**
 * Which operations of clients were done already: each is done once, also after a crash, a restart or a change of the
 * clock.
 *
 * The idea: an operation says when it was signed and is only taken within `OPERATION_WINDOW_MS` of now, so its id has to
 * be remembered no longer than that. What is forgotten raises a floor: whatever was signed at or before it counts as
 * stale for good. So no memory without end is needed, and a clock that is set back does not make old operations new.
 *
 * A file of records of 48 bytes, appended; integers big-endian. The last record may be torn by a crash, and then its
 * operation was never done. A damaged record before the last raises the floor as far as one could have been signed.
 *
 *     OFFSET  SIZE  FIELD
 *     0       32    id of the operation; 32 zeros in a record of the floor
 *     32      8     when it was signed, or the floor, milliseconds since the Unix epoch
 *     40      8     first bytes of SHA-256("hamlet/v1/operation-book\0" ‖ bytes 0 to 39)
 *
 * Invariants:
 * 1. `spend` gives `new` at most once for an id, and only once that is durable.
 * 2. One that could not be made durable was not taken up, and may come again.
 * 3. At most `OPERATIONS_KEPT_MAX` ids are kept: beyond it the oldest go and the floor rises.
 */

import { bytesToHex, concatBytes, equalBytes, hexToBytes, utf8 } from '@hamlet/core'
import type { Clock, Crypto, Disk, DiskFile } from '@hamlet/core'

/** How far from now an operation may have been signed, either way. */
export const OPERATION_WINDOW_MS = 5 * 60_000
/** Ids of operations remembered at a time. */
export const OPERATIONS_KEPT_MAX = 8_192
/** The file is written anew when it has so many records, and not more often than records come. */
const RECORDS_MAX = 2 * OPERATIONS_KEPT_MAX

const BOOK_FILE = 'operations'
const RECORD_BYTES = 48
const ID_BYTES = 32
const FACTS_BYTES = 40
const DOMAIN = utf8('hamlet/v1/operation-book\0')
const FLOOR_ID = '0'.repeat(2 * ID_BYTES)

export type Spending = 'new' | 'replayed' | 'stale'

export interface OperationRecords {
  readonly atMsById: ReadonlyMap<string, number>
  readonly floorMs: number
  /** Whether a record before the last could not be read. */
  readonly isDamaged: boolean
}

export class OperationBook {
  readonly #disk: Disk
  readonly #crypto: Crypto
  readonly #clock: Clock
  readonly #atMsById: Map<string, number>
  #file: DiskFile
  #floorMs: number
  #records: number
  /** The file may be poisoned or hold what was refused. */
  #mustRewrite = false
  #turn: Promise<void> = Promise.resolve()

  private constructor(
    ports: BookPorts,
    file: DiskFile,
    kept: { readonly atMsById: Map<string, number>; readonly floorMs: number },
  ) {
    this.#disk = ports.disk
    this.#crypto = ports.crypto
    this.#clock = ports.clock
    this.#file = file
    this.#atMsById = kept.atMsById
    this.#floorMs = kept.floorMs
    this.#records = kept.atMsById.size + 1
  }

  static async open(ports: BookPorts): Promise<OperationBook> {
    const { disk, crypto, clock } = ports
    const bytes = (await disk.readAll(BOOK_FILE)) ?? new Uint8Array(0)
    const read = readOperationRecords(crypto, bytes)
    const damageMs = read.isDamaged ? clock.wall() + OPERATION_WINDOW_MS : 0
    const floorMs = Math.max(read.floorMs, damageMs)
    const atMsById = new Map(read.atMsById)
    await disk.write(BOOK_FILE, encodeOperationRecords(crypto, atMsById, floorMs))
    return new OperationBook(ports, await disk.open(BOOK_FILE), { atMsById, floorMs })
  }

  /** Whether an operation signed then may still be done, as far as time is concerned. */
  isStale(atMs: number): boolean {
    return atMs <= this.#floorMs || Math.abs(atMs - this.#clock.wall()) > OPERATION_WINDOW_MS
  }

  /** Resolves with `new` once it is durable that the operation was taken up. */
  async spend(id: string, atMs: number): Promise<Spending> {
    if (this.#atMsById.has(id)) return 'replayed'
    if (this.isStale(atMs)) return 'stale'
    this.#atMsById.set(id, atMs)
    const turn = this.#turn.then(() => this.#keep(id, atMs))
    this.#turn = turn.catch(() => undefined)
    await turn
    return 'new'
  }

  async close(): Promise<void> {
    await this.#turn
    this.#file.close()
  }

  async #keep(id: string, atMs: number): Promise<void> {
    const isFull = this.#records >= RECORDS_MAX || this.#atMsById.size > OPERATIONS_KEPT_MAX
    try {
      await (isFull || this.#mustRewrite ? this.#rewrite() : this.#append(id, atMs))
    } catch (error) {
      this.#atMsById.delete(id)
      this.#mustRewrite = true
      throw error
    }
  }

  async #append(id: string, atMs: number): Promise<void> {
    this.#file.append(encodeRecord(this.#crypto, id, atMs))
    this.#records++
    await this.#file.sync()
  }

  /** Leaves out what is stale by now, and the oldest of what is too much. */
  async #rewrite(): Promise<void> {
    const oldestMs = this.#clock.wall() - OPERATION_WINDOW_MS
    const inOrder = [...this.#atMsById].sort(([, a], [, b]) => a - b)
    const excess = inOrder.length - OPERATIONS_KEPT_MAX
    for (const [index, [id, atMs]] of inOrder.entries()) {
      if (index >= excess && atMs >= oldestMs) break
      this.#atMsById.delete(id)
      this.#floorMs = Math.max(this.#floorMs, atMs)
    }
    const bytes = encodeOperationRecords(this.#crypto, this.#atMsById, this.#floorMs)
    await this.#disk.write(BOOK_FILE, bytes)
    this.#file.close()
    this.#file = await this.#disk.open(BOOK_FILE)
    this.#records = this.#atMsById.size + 1
    this.#mustRewrite = false
  }
}

export interface BookPorts {
  readonly disk: Disk
  readonly crypto: Crypto
  readonly clock: Clock
}

export function encodeOperationRecords(
  crypto: Crypto,
  atMsById: ReadonlyMap<string, number>,
  floorMs: number,
): Uint8Array {
  const records = [...atMsById].map(([id, atMs]) => encodeRecord(crypto, id, atMs))
  return concatBytes(encodeRecord(crypto, FLOOR_ID, floorMs), ...records)
}

/** Never fails: what cannot be read is damage, unless it is the end that a crash tore off. */
export function readOperationRecords(crypto: Crypto, bytes: Uint8Array): OperationRecords {
  const atMsById = new Map<string, number>()
  const whole = Math.floor(bytes.length / RECORD_BYTES)
  let floorMs = 0
  let isDamaged = false
  for (let index = 0; index < whole; index++) {
    const record = bytes.subarray(index * RECORD_BYTES, (index + 1) * RECORD_BYTES)
    const read = readRecord(crypto, record)
    if (read === undefined) isDamaged ||= (index + 1) * RECORD_BYTES < bytes.length
    else if (read.id === FLOOR_ID) floorMs = Math.max(floorMs, read.atMs)
    else atMsById.set(read.id, read.atMs)
  }
  return { atMsById, floorMs, isDamaged }
}

function readRecord(
  crypto: Crypto,
  record: Uint8Array,
): { readonly id: string; readonly atMs: number } | undefined {
  const facts = record.subarray(0, FACTS_BYTES)
  if (!equalBytes(checksum(crypto, facts), record.subarray(FACTS_BYTES))) return undefined
  const view = new DataView(facts.buffer, facts.byteOffset)
  const atMs = Number(view.getBigUint64(ID_BYTES))
  return Number.isSafeInteger(atMs)
    ? { id: bytesToHex(facts.subarray(0, ID_BYTES)), atMs }
    : undefined
}

function encodeRecord(crypto: Crypto, id: string, atMs: number): Uint8Array {
  const facts = new Uint8Array(FACTS_BYTES)
  facts.set(hexToBytes(id))
  new DataView(facts.buffer).setBigUint64(ID_BYTES, BigInt(atMs))
  return concatBytes(facts, checksum(crypto, facts))
}

function checksum(crypto: Crypto, facts: Uint8Array): Uint8Array {
  return crypto.hash(DOMAIN, facts).subarray(0, RECORD_BYTES - FACTS_BYTES)
}
