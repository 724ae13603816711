/**
 * What this device keeps about people beside receipts: what went to them unsigned, and what is left of their allowance.
 *
 * A small file replaced at most every `NOTES_MS`, and when the peer closes. A crash loses what came since: at most so much goes
 * to somebody a second time. A file that cannot be read is begun anew.
 *
 * A CBOR array: version 1; of each device `[device 32 B, bytes unsigned, bytes forgiven, bytes signed, last sent at]`; of each
 * person beyond their credit `[person 32 B, bytes left of the allowance, as of]`. Times in milliseconds since the Unix epoch.
 */

import { SWARM_DEBTORS_MAX } from '@hamlet/blobs'
import { bytesToHex, decodeFields, encodeCbor, errorCode, hexToBytes } from '@hamlet/core'
import type { Cancel, CborError, Clock, Disk, FieldReader, Logger, Result } from '@hamlet/core'
import type { Allowance } from '@hamlet/files/credits'

export const CREDIT_NOTES_FILE = 'credit-notes'
export const NOTES_MS = 10_000
/** People of whom an allowance is remembered. */
export const ALLOWANCES_MAX = 10_000

const VERSION = 1
const ID_BYTES = 32
const BYTES_MAX = 4 * 1024 * 1024
const ITEMS_MAX = 200_000

export interface UnsignedNote {
  readonly peer: string
  readonly unsignedBytes: number
  readonly forgivenBytes: number
  readonly signedBytes: number
  readonly sentAtMs: number
}

export interface CreditNotes {
  readonly unsigned: readonly UnsignedNote[]
  /** By person. */
  readonly allowances: ReadonlyMap<string, Allowance>
}

/** Writes the notes as they are by then, a while after something changed. */
export class CreditNoteKeeper {
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #read: () => CreditNotes
  #timer: Cancel | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(
    ports: { readonly disk: Disk; readonly clock: Clock; readonly logger: Logger },
    read: () => CreditNotes,
  ) {
    this.#disk = ports.disk
    this.#clock = ports.clock
    this.#logger = ports.logger
    this.#read = read
  }

  async load(): Promise<CreditNotes> {
    const bytes = await this.#disk.readAll(CREDIT_NOTES_FILE)
    const decoded = bytes === undefined ? undefined : decodeCreditNotes(bytes)
    if (decoded?.ok === true) return decoded.value
    if (decoded !== undefined) this.#logger.warn('what went unsigned is forgotten: it is damaged')
    return { unsigned: [], allowances: new Map() }
  }

  changed(): void {
    this.#timer ??= this.#clock.after(NOTES_MS, () => void this.#write())
  }

  async close(): Promise<void> {
    if (this.#timer !== undefined) await this.#write()
    await this.#writing
  }

  /** Never rejects: what is not kept is given a second time, and no worse. */
  #write(): Promise<void> {
    this.#timer?.()
    this.#timer = undefined
    this.#writing = this.#writing
      .then(() => this.#disk.write(CREDIT_NOTES_FILE, encodeCreditNotes(this.#read())))
      .catch((error: unknown) => {
        this.#logger.info('what went unsigned was not kept', { code: errorCode(error) })
      })
    return this.#writing
  }
}

export function encodeCreditNotes({ unsigned, allowances }: CreditNotes): Uint8Array {
  return encodeCbor([
    VERSION,
    unsigned.map(({ peer, unsignedBytes, forgivenBytes, signedBytes, sentAtMs }) => {
      const bytes = [unsignedBytes, forgivenBytes, signedBytes].map(Math.ceil)
      return [hexToBytes(peer), ...bytes, Math.max(0, Math.floor(sentAtMs))]
    }),
    [...allowances].map(([person, { bytes, atMs }]) => {
      return [hexToBytes(person), Math.floor(bytes), Math.max(0, Math.floor(atMs))]
    }),
  ])
}

export function decodeCreditNotes(bytes: Uint8Array): Result<CreditNotes, CborError> {
  const limits = { bytesMax: BYTES_MAX, itemsMax: ITEMS_MAX }
  return decodeFields(bytes, 'notes on credit', readNotes, limits)
}

function readNotes(fields: FieldReader): CreditNotes {
  fields.literal(VERSION)
  const unsigned = fields.list(SWARM_DEBTORS_MAX, (item) => item.tuple(readUnsigned))
  const pairs = fields.list(ALLOWANCES_MAX, (item) =>
    item.tuple((pair): [string, Allowance] => [
      bytesToHex(pair.bytes(ID_BYTES)),
      { bytes: pair.uint(), atMs: pair.uint() },
    ]),
  )
  const allowances = new Map(pairs)
  const isTwice = new Set(unsigned.map(({ peer }) => peer)).size !== unsigned.length
  if (isTwice || allowances.size !== pairs.length) throw fields.refuse('somebody twice')
  return { unsigned, allowances }
}

function readUnsigned(fields: FieldReader): UnsignedNote {
  return {
    peer: bytesToHex(fields.bytes(ID_BYTES)),
    unsignedBytes: fields.uint(),
    forgivenBytes: fields.uint(),
    signedBytes: fields.uint(),
    sentAtMs: fields.uint(),
  }
}
