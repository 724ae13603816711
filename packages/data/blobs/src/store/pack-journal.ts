/**
 * The packs: one journal over several files, `packs/NNNNNNNN.pack`, of which the last is appended to.
 *
 * Whoever owns it says of each frame when it counts no more (`release`); packs are compacted from the oldest on, by writing what
 * still counts of it anew at the end and then removing it. So a pack never holds a frame that a removed pack had contradicted, and
 * frames that only say that a blob is gone need never be written anew.
 *
 * Invariants:
 * 1. An oldest pack is removed only when what was written anew is durable.
 * 2. A pack is left for the next only when all of it is durable: only the last one can be torn.
 */

import { errorCode } from '@hamlet/core'
import type { Disk, DiskFile } from '@hamlet/core'
import { PACK_BYTES, PACK_GARBAGE_BYTES_MIN } from '../limits.ts'
import { PACK_HEADER, encodePackFrame, isPackHeader } from './pack-frame.ts'
import type { PackFrame } from './pack-frame.ts'
import { scanPack } from './pack-scan.ts'
import type { ScannedFrame } from './pack-scan.ts'

export interface FramePlace {
  readonly pack: number
  readonly bytes: number
  readonly contentOffset: number
}

export type PlacedFrame = (frame: PackFrame, place: FramePlace) => void

interface Pack {
  readonly number: number
  readonly path: string
  readonly file: DiskFile
  liveBytes: number
}

export const PACK_DIRECTORY = 'packs'
/** Tries to find a moment in which nothing waits to be synced. */
const ROLL_TRIES_MAX = 100
const PACK_NAME = /^([0-9]{8})\.pack$/

export class PackJournal {
  readonly #disk: Disk
  readonly #packBytes: number
  readonly #packs = new Map<number, Pack>()
  #last: Pack | undefined
  #lostBytes = 0
  #isDirty = false
  #syncing: Promise<void> = Promise.resolve()
  #rolling: Promise<void> | undefined

  private constructor(disk: Disk, packBytes: number) {
    this.#disk = disk
    this.#packBytes = packBytes
  }

  /** Reads every frame, oldest first. */
  static async open(
    disk: Disk,
    onFrame: PlacedFrame,
    packBytes = PACK_BYTES,
  ): Promise<PackJournal> {
    const journal = new PackJournal(disk, packBytes)
    const names = (await disk.list(PACK_DIRECTORY)).filter((name) => PACK_NAME.test(name))
    for (const name of names) {
      const number = Number(PACK_NAME.exec(name)![1])
      const path = packPath(number)
      journal.#use({ number, path, file: await disk.open(path), liveBytes: 0 })
    }
    // The next pack is made a little before it is used, so the one that a crash may have torn is the last with something in it.
    const packs = [...journal.#packs.values()]
    const last = packs.findLastIndex((pack) => pack.file.sizeBytes > PACK_HEADER.length)
    for (const [at, pack] of packs.entries()) journal.#load(pack, at >= last, onFrame)
    if (!journal.#last) journal.#use(await journal.#create(1))
    return journal
  }

  /** Bytes in the middle of packs that belong to no frame: something rotted, and what it was is unknown. */
  get lostBytes(): number {
    return this.#lostBytes
  }

  get garbageBytes(): number {
    let garbage = 0
    for (const pack of this.#packs.values()) garbage += garbageOf(pack)
    return garbage
  }

  /** Durable after {@link sync}. @throws StoreError and then nothing was kept */
  append(frame: PackFrame, content?: Uint8Array): FramePlace {
    const pack = this.#last!
    const parts = encodePackFrame(frame, content)
    const offset = pack.file.append(...parts)
    this.#isDirty = true
    const bytes = parts.reduce((sum, part) => sum + part.length, 0)
    if (frame.kind !== 'gone') pack.liveBytes += bytes
    return { pack: pack.number, bytes, contentOffset: offset + parts[0]!.length }
  }

  /** Resolves when everything appended before is durable. */
  sync(): Promise<void> {
    if (!this.#isDirty) return this.#syncing
    this.#isDirty = false
    const before = this.#syncing.catch(() => undefined)
    const synced = Promise.all([before, this.#last!.file.sync()]).then(
      () => undefined,
      (error: unknown) => {
        this.#isDirty = true
        throw error
      },
    )
    this.#syncing = synced
    synced.catch(() => undefined)
    return synced
  }

  /** Begins the next pack, if this one is full. */
  async roll(isForced = false): Promise<void> {
    if (!isForced && this.#last!.file.sizeBytes < this.#packBytes) return
    this.#rolling ??= this.#roll().finally(() => (this.#rolling = undefined))
    await this.#rolling
  }

  readContent(place: FramePlace, sizeBytes: number): Uint8Array | undefined {
    try {
      return this.#packs.get(place.pack)?.file.read(place.contentOffset, sizeBytes)
    } catch (error) {
      if (errorCode(error) === 'STORE_SHORT_READ') return undefined
      throw error
    }
  }

  /** The frame at `place` counts no more. */
  release(place: FramePlace): void {
    const pack = this.#packs.get(place.pack)
    if (pack) pack.liveBytes -= place.bytes
  }

  /** Whether more of the packs is garbage than not, and enough to be worth the work. */
  get wantsCompaction(): boolean {
    let live = 0
    for (const pack of this.#packs.values()) live += pack.liveBytes
    const garbage = this.garbageBytes
    return garbage > PACK_GARBAGE_BYTES_MIN && garbage > live
  }

  /**
   * Removes the oldest pack. `rewrite` is called with each of its frames, has to append anew what still counts, and is awaited
   * in between, so that others are not stopped.
   */
  async compactOldest(
    rewrite: (frame: PackFrame, place: FramePlace) => Promise<void>,
  ): Promise<void> {
    const oldest = this.#packs.values().next().value!
    if (oldest === this.#last) await this.roll(true)
    const frames: ScannedFrame[] = []
    scanPack(oldest.file, false, (scanned) => void frames.push(scanned))
    for (const scanned of frames) {
      if (scanned.frame.kind !== 'gone')
        await rewrite(scanned.frame, placeOf(oldest.number, scanned))
      await this.roll()
    }
    await this.sync()
    this.#packs.delete(oldest.number)
    oldest.file.close()
    await this.#disk.remove(oldest.path)
    await this.#disk.syncDirectory(PACK_DIRECTORY)
  }

  close(): void {
    for (const pack of this.#packs.values()) pack.file.close()
  }

  #load(pack: Pack, isTail: boolean, onFrame: PlacedFrame): void {
    const { file, number } = pack
    if (!hasHeader(file)) {
      if (!isTail) this.#lostBytes += file.sizeBytes
      file.truncate(0)
      file.append(PACK_HEADER)
      return
    }
    const end = scanPack(file, isTail, (scanned) => {
      if (scanned.frame.kind !== 'gone') pack.liveBytes += scanned.bytes
      onFrame(scanned.frame, placeOf(number, scanned))
    })
    this.#lostBytes += end.lostBytes
    if (isTail) file.truncate(end.intactBytes)
    else this.#lostBytes += file.sizeBytes - end.intactBytes
  }

  async #roll(): Promise<void> {
    const next = await this.#create(this.#last!.number + 1)
    for (let tries = 0; tries < ROLL_TRIES_MAX; tries++) {
      await this.sync()
      if (this.#isDirty) continue
      this.#use(next)
      return
    }
    // Others keep writing to this one: another time.
    next.file.close()
  }

  #use(pack: Pack): void {
    this.#last = pack
    this.#packs.set(pack.number, pack)
  }

  async #create(number: number): Promise<Pack> {
    const path = packPath(number)
    const file = await this.#disk.open(path)
    file.truncate(0)
    file.append(PACK_HEADER)
    await file.sync()
    await this.#disk.syncDirectory(PACK_DIRECTORY)
    return { number, path, file, liveBytes: 0 }
  }
}

function hasHeader(file: DiskFile): boolean {
  return file.sizeBytes >= PACK_HEADER.length && isPackHeader(file.read(0, PACK_HEADER.length))
}

function packPath(number: number): string {
  return `${PACK_DIRECTORY}/${String(number).padStart(8, '0')}.pack`
}

function placeOf(pack: number, scanned: ScannedFrame): FramePlace {
  return { pack, bytes: scanned.bytes, contentOffset: scanned.contentOffset }
}

function garbageOf(pack: Pack): number {
  return pack.file.sizeBytes - PACK_HEADER.length - pack.liveBytes
}
