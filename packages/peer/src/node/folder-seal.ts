/**
 * The seal of a data directory: whether it is the one this device last wrote, and not a copy or a backup put back.
 *
 * The idea: a file's place, its inode and the moment that inode was made, cannot be put into a backup. So two small
 * marks lie in the directory, replaced in turn whenever this device has written, and a seal says where they lie. In a
 * copied or restored directory the seal is as old as the marks and names places that are not theirs. Tools that put
 * back only what differs see that both differ as soon as anything was written since.
 *
 * Formats: `../seal-files.ts`. Mark g mod 2 is of generation g.
 *
 * A crash between a mark and its seal leaves the other mark in its place and this one a generation ahead, which no
 * backup does: there it would be a generation behind. The marks also remember how far the own logs went, for when only
 * the folders of the spaces are put back.
 *
 * Not seen: a disk that goes back in time as a whole (a snapshot of a virtual machine), and what was written in the
 * last moments before tools put back what differs.
 *
 * Invariants:
 * 1. Restarts, kills and power cuts leave the seal unbroken, and so does moving the directory on its disk.
 * 2. A mark never says more than the log held, durably, when it was noted.
 */

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cancel, Clock, Disk, Logger, SpaceId } from '@hamlet/core'
import { createNodeDisk } from '@hamlet/store/node'
import type { Custody } from '../custody.ts'
import { decodeMark, decodeSeal, encodeMark, encodeSeal } from '../seal-files.ts'
import type { Mark, Places, Seal } from '../seal-files.ts'

/** What this device has written is remembered so soon, and then at most so often. */
export const NOTE_MS = 250
export const NOTE_INTERVAL_MS = 2_000
/** After a failure, a full disk perhaps. */
const RETRY_MS = 10_000
const SEAL = 'seal/seal'
const MARKS = ['seal/mark-0', 'seal/mark-1'] as const
export interface FolderSealOptions {
  readonly directory: string
  readonly clock: Clock
  readonly logger: Logger
  /** The directory was made just now. */
  readonly isNew: boolean
}

export class FolderSeal implements Custody {
  readonly isUnbroken: boolean
  readonly #options: FolderSealOptions
  readonly #disk: Disk
  readonly #lengths: Map<SpaceId, number>
  #generation: number
  #isNoted = false
  #renewedAtMs = Number.NEGATIVE_INFINITY
  #timer: Cancel | undefined
  #renewing: Promise<void> = Promise.resolve()
  #isClosed = false

  private constructor(
    options: FolderSealOptions,
    disk: Disk,
    marks: readonly (Mark | undefined)[],
    sealed: number | undefined,
  ) {
    this.#options = options
    this.#disk = disk
    this.isUnbroken = sealed !== undefined
    // A mark that is a generation ahead is replaced: behind it would come the one by which the seal is still whole.
    this.#generation = sealed ?? Math.max(0, ...marks.map((mark) => mark?.generation ?? 0))
    const [older, newer] = [...marks].sort((a, b) => {
      return (a?.generation ?? 0) - (b?.generation ?? 0)
    })
    this.#lengths = new Map([...(older?.lengths ?? []), ...(newer?.lengths ?? [])])
  }

  static async open(options: FolderSealOptions): Promise<FolderSeal> {
    const { directory, isNew } = options
    const disk = createNodeDisk(directory)
    const seal = await readSeal(disk)
    const marks = await Promise.all(MARKS.map((path) => readMark(disk, path)))
    const places = await placesIn(directory)
    const isUnbroken = seal === undefined ? isNew : isWhole(seal, marks, places)
    const sealed = isUnbroken ? (seal?.generation ?? 0) : undefined
    const opened = new FolderSeal(options, disk, marks, sealed)
    if (seal === undefined && isNew) await opened.renew()
    return opened
  }

  lengthOf(space: SpaceId): number {
    return this.#lengths.get(space) ?? 0
  }

  note(space: SpaceId, length: number): void {
    if (this.#lengths.get(space) === length) return
    this.#lengths.set(space, length)
    this.#isNoted = true
    const sinceMs = this.#options.clock.monotonic() - this.#renewedAtMs
    this.#renewLater(Math.max(NOTE_MS, NOTE_INTERVAL_MS - sinceMs))
  }

  /** Resolves when the directory is sealed as it now is. @throws StoreError */
  renew(): Promise<void> {
    this.#timer?.()
    this.#timer = undefined
    this.#renewing = this.#renewing.catch(() => undefined).then(() => this.#renewNow())
    return this.#renewing
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#isNoted) await this.#renewQuietly()
    await this.#renewing.catch(() => undefined)
  }

  #renewLater(delayMs: number): void {
    if (this.#isClosed) return
    this.#timer ??= this.#options.clock.after(delayMs, () => void this.#renewQuietly())
  }

  async #renewQuietly(): Promise<void> {
    try {
      await this.renew()
    } catch (error) {
      this.#options.logger.warn('the seal of the data directory was not renewed', {
        reason: String(error),
      })
      this.#isNoted = true
      this.#renewLater(RETRY_MS)
    }
  }

  async #renewNow(): Promise<void> {
    this.#isNoted = false
    this.#renewedAtMs = this.#options.clock.monotonic()
    const generation = this.#generation + 1
    const mark = { generation, lengths: [...this.#lengths] }
    await this.#disk.write(MARKS[generation % 2]!, encodeMark(mark))
    this.#generation = generation
    const places = await placesIn(this.#options.directory)
    await this.#disk.write(SEAL, encodeSeal({ generation, places }))
  }
}

/** Whether the newest mark lies where the seal says, and the other where it was, or is one that came after. */
function isWhole(seal: Seal, marks: readonly (Mark | undefined)[], places: Places): boolean {
  const [newest, other] = seal.generation % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)
  const isThere = places[newest] !== undefined && places[newest] === seal.places[newest]
  if (!isThere || marks[newest]?.generation !== seal.generation) return false
  return places[other] === seal.places[other] || marks[other]?.generation === seal.generation + 1
}

async function placesIn(directory: string): Promise<Places> {
  const [first, second] = await Promise.all(MARKS.map((path) => placeOf(join(directory, path))))
  return [first, second]
}

/** File systems that do not know when an inode was made know when it last changed: of a file that is only replaced, the same. */
async function placeOf(path: string): Promise<string | undefined> {
  try {
    const { ino, birthtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return `${ino}/${birthtimeNs === 0n ? ctimeNs : birthtimeNs}`
  } catch {
    return undefined
  }
}

async function readMark(disk: Disk, path: string): Promise<Mark | undefined> {
  const bytes = await disk.readAll(path)
  const decoded = bytes && decodeMark(bytes)
  return decoded?.ok === true ? decoded.value : undefined
}

async function readSeal(disk: Disk): Promise<Seal | undefined> {
  const bytes = await disk.readAll(SEAL)
  const decoded = bytes && decodeSeal(bytes)
  return decoded?.ok === true ? decoded.value : undefined
}
