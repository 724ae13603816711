/** What was observed in a play: when writes were asked for, acknowledged and seen, and when reads were answered. */

export interface WriteRecord {
  readonly member: number
  readonly atMs: number
  /** Text as written, with a number that makes it unique. */
  readonly text: string
  acknowledgedMs: number | undefined
  /** Names the entry in its system, once known. */
  key: string | undefined
}

export type ReadMode = 'local' | 'quorum'

export interface ReadRecord {
  readonly member: number
  readonly mode: ReadMode
  readonly atMs: number
  answeredMs: number | undefined
}

export class Recorder {
  readonly #nowMs: () => number
  readonly writes: WriteRecord[] = []
  readonly reads: ReadRecord[] = []
  readonly #seenMs = new Map<string, Map<number, number>>()

  /** `nowMs`: time since the beginning of the play. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  write(member: number, text: string): WriteRecord {
    const numbered = `${text} ${this.writes.length}`
    const record = { member, atMs: this.#nowMs(), text: numbered }
    const write: WriteRecord = { ...record, acknowledgedMs: undefined, key: undefined }
    this.writes.push(write)
    return write
  }

  acknowledge(write: WriteRecord): void {
    write.acknowledgedMs ??= this.#nowMs()
  }

  read(member: number, mode: ReadMode): ReadRecord {
    const read: ReadRecord = { member, mode, atMs: this.#nowMs(), answeredMs: undefined }
    this.reads.push(read)
    return read
  }

  answer(read: ReadRecord): void {
    read.answeredMs ??= this.#nowMs()
  }

  /** The entry can be read at this member's device from now on. */
  see(member: number, key: string): void {
    const seen = this.#seenMs.get(key) ?? new Map<number, number>()
    this.#seenMs.set(key, seen)
    if (!seen.has(member)) seen.set(member, this.#nowMs())
  }

  /** `undefined`: never. */
  seenMs(write: WriteRecord, member: number): number | undefined {
    return write.key === undefined ? undefined : this.#seenMs.get(write.key)?.get(member)
  }
}
