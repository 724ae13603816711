/**
 * The records of a ZIP file whose entries are stored as they are, written without going back (APPNOTE.TXT 6.3.10 of PKWARE,
 * sections 4.3.7 to 4.3.16 and 4.5.3; Info-ZIP's extra field of times). All numbers are little-endian.
 *
 * | Record                   | Bytes                        | Where                                                  |
 * | ------------------------ | ---------------------------- | ------------------------------------------------------ |
 * | local header             | 30, name, extra 9 or 29      | before the bytes of each entry                         |
 * | data descriptor          | 16, or 24 of a large entry   | behind them: CRC-32 and sizes                          |
 * | central header           | 46, name, extra 9 to 37      | of each entry, together behind all of them             |
 * | ZIP64 end and locator    | 56 and 20                    | where 16 or 32 bits do not hold a count, size or place |
 * | end                      | 22                           | last                                                   |
 *
 * A CRC-32 is known once the bytes have gone by, so it stands in the descriptor (bit 3 of the flags), and both of it and the sizes in
 * the central header, which is what readers go by. Names are UTF-8 (bit 11). An entry is large from `LARGE_BYTES_MIN`.
 */

/** What 32 bits do not hold; they hold all ones instead, and an extra field the number. */
export const LARGE_BYTES_MIN = 0xffff_ffff
const MANY_ENTRIES_MIN = 0xffff
const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22
const END_64_BYTES = 56
const LOCATOR_BYTES = 20
const TIME_EXTRA_BYTES = 9
const EXTRA_HEAD_BYTES = 4
/** Of the local header of a large entry. */
const LARGE_EXTRA_BYTES = EXTRA_HEAD_BYTES + 16
const VERSION = 20
const VERSION_64 = 45
/** Made on Unix by version 4.5, so that the mode in the outer attributes counts. */
const MADE_BY = (3 << 8) | VERSION_64
const FLAGS = (1 << 3) | (1 << 11)
/** An ordinary file that its owner may write and everybody may read. */
const ATTRIBUTES = 0o100644 * 0x1_0000

export interface ZipEntry {
  /** UTF-8 */
  readonly name: Uint8Array
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

/** An entry that was written. */
export interface ZipPlace {
  readonly crc: number
  /** Of its local header. */
  readonly offset: number
}

export function isLarge(bytes: number): boolean {
  return bytes >= LARGE_BYTES_MIN
}

export function localHeaderBytes({
  name,
  sizeBytes,
}: Pick<ZipEntry, 'name' | 'sizeBytes'>): number {
  const large = isLarge(sizeBytes) ? LARGE_EXTRA_BYTES : 0
  return LOCAL_BYTES + name.length + TIME_EXTRA_BYTES + large
}

export function descriptorBytes(sizeBytes: number): number {
  return isLarge(sizeBytes) ? 24 : 16
}

export function centralHeaderBytes(
  { name, sizeBytes }: Pick<ZipEntry, 'name' | 'sizeBytes'>,
  offset: number,
): number {
  return CENTRAL_BYTES + name.length + TIME_EXTRA_BYTES + largeExtraBytes(sizeBytes, offset)
}

export function endBytes(entryCount: number, centralBytes: number, centralOffset: number): number {
  const needs64 = isBeyond(entryCount, centralBytes, centralOffset)
  return END_BYTES + (needs64 ? END_64_BYTES + LOCATOR_BYTES : 0)
}

export function localHeader(entry: ZipEntry): Uint8Array {
  const large = isLarge(entry.sizeBytes)
  const record = new RecordWriter(localHeaderBytes(entry))
  record.u32(0x0403_4b50).u16(large ? VERSION_64 : VERSION)
  writeCommon(record, entry)
  // CRC-32 and sizes follow behind the bytes; a large entry says here that they take 8 bytes there.
  const size = large ? LARGE_BYTES_MIN : 0
  record.u32(0).u32(size).u32(size)
  record.u16(entry.name.length).u16(TIME_EXTRA_BYTES + (large ? LARGE_EXTRA_BYTES : 0))
  record.bytes(entry.name)
  if (large) record.u16(1).u16(16).u64(0).u64(0)
  return writeTimeExtra(record, entry).done()
}

export function dataDescriptor(crc: number, sizeBytes: number): Uint8Array {
  const record = new RecordWriter(descriptorBytes(sizeBytes)).u32(0x0807_4b50).u32(crc)
  if (isLarge(sizeBytes)) return record.u64(sizeBytes).u64(sizeBytes).done()
  return record.u32(sizeBytes).u32(sizeBytes).done()
}

export function centralHeader(entry: ZipEntry, { crc, offset }: ZipPlace): Uint8Array {
  const { name, sizeBytes } = entry
  const record = new RecordWriter(centralHeaderBytes(entry, offset))
  const extra = largeExtraBytes(sizeBytes, offset)
  record
    .u32(0x0201_4b50)
    .u16(MADE_BY)
    .u16(extra > 0 ? VERSION_64 : VERSION)
  writeCommon(record, entry)
  record.u32(crc).u32(capped(sizeBytes)).u32(capped(sizeBytes))
  record.u16(name.length).u16(extra + TIME_EXTRA_BYTES)
  // No comment, the first and only disk, bytes of whatever kind.
  record.u16(0).u16(0).u16(0).u32(ATTRIBUTES).u32(capped(offset))
  record.bytes(name)
  if (extra > 0) record.u16(1).u16(extra - EXTRA_HEAD_BYTES)
  if (isLarge(sizeBytes)) record.u64(sizeBytes).u64(sizeBytes)
  if (isLarge(offset)) record.u64(offset)
  return writeTimeExtra(record, entry).done()
}

export function endRecords(
  entryCount: number,
  centralBytes: number,
  centralOffset: number,
): Uint8Array {
  const record = new RecordWriter(endBytes(entryCount, centralBytes, centralOffset))
  if (isBeyond(entryCount, centralBytes, centralOffset)) {
    record
      .u32(0x0606_4b50)
      .u64(END_64_BYTES - 12)
      .u16(MADE_BY)
      .u16(VERSION_64)
      .u32(0)
      .u32(0)
    record.u64(entryCount).u64(entryCount).u64(centralBytes).u64(centralOffset)
    record
      .u32(0x0706_4b50)
      .u32(0)
      .u64(centralOffset + centralBytes)
      .u32(1)
  }
  const count = Math.min(entryCount, MANY_ENTRIES_MIN)
  record.u32(0x0605_4b50).u16(0).u16(0).u16(count).u16(count)
  return record.u32(capped(centralBytes)).u32(capped(centralOffset)).u16(0).done()
}

function isBeyond(entryCount: number, centralBytes: number, centralOffset: number): boolean {
  return entryCount >= MANY_ENTRIES_MIN || isLarge(centralBytes) || isLarge(centralOffset)
}

/** Of the extra field with what 32 bits do not hold; 0: there is none. */
function largeExtraBytes(sizeBytes: number, offset: number): number {
  const values = (isLarge(sizeBytes) ? 16 : 0) + (isLarge(offset) ? 8 : 0)
  return values === 0 ? 0 : EXTRA_HEAD_BYTES + values
}

function capped(value: number): number {
  return Math.min(value, LARGE_BYTES_MIN)
}

/** Flags, stored as it is, when. */
function writeCommon(record: RecordWriter, { modifiedAtMs }: ZipEntry): void {
  const { time, date } = dosTime(modifiedAtMs)
  record.u16(FLAGS).u16(0).u16(time).u16(date)
}

/** The exact second, which knows no time zone, unlike the time above. */
function writeTimeExtra(record: RecordWriter, { modifiedAtMs }: ZipEntry): RecordWriter {
  const seconds = Math.min(Math.max(0, Math.floor(modifiedAtMs / 1000)), 0x7fff_ffff)
  return record.u16(0x5455).u16(5).u8(1).u32(seconds)
}

/** MS-DOS: two seconds exact, from 1980 to 2107; in UTC, since nobody knows where it is read. */
function dosTime(atMs: number): { readonly time: number; readonly date: number } {
  const at = new Date(Math.min(Math.max(atMs, Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31)))
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
  const year = at.getUTCFullYear() - 1980
  return { time, date: (year << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate() }
}

/** Writes a record of known length from its beginning to its end. */
class RecordWriter {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(length: number) {
    this.#bytes = new Uint8Array(length)
    this.#view = new DataView(this.#bytes.buffer)
  }

  u8(value: number): this {
    this.#view.setUint8(this.#at, value)
    this.#at += 1
    return this
  }

  u16(value: number): this {
    this.#view.setUint16(this.#at, value, true)
    this.#at += 2
    return this
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value, true)
    this.#at += 4
    return this
  }

  u64(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value), true)
    this.#at += 8
    return this
  }

  bytes(value: Uint8Array): this {
    this.#bytes.set(value, this.#at)
    this.#at += value.length
    return this
  }

  done(): Uint8Array {
    return this.#bytes
  }
}
