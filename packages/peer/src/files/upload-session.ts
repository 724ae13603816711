/**
 * An upload as it is now: what its records come to, one after the other, and how they would be said anew.
 *
 * Invariants:
 * 1. The state is a function of the records: what `apply` makes of them after a restart is what was there before.
 * 2. A path is in it once, whatever the records say.
 */

import { bytesToHex } from '@hamlet/core'
import type { ManifestBlob } from '@hamlet/files'
import type { UploadInput } from '@hamlet/http/api'
import type { StoredFile, UploadRecord } from './upload-log.ts'

export interface PutFile {
  readonly path: string
  readonly sizeBytes: number
  /** `undefined`: it is empty. */
  readonly blob: number | undefined
  readonly offset: number
}

interface WaitingFile {
  readonly path: string
  readonly bytes: Uint8Array
}

export class UploadSession {
  readonly id: string
  readonly input: UploadInput
  readonly files: PutFile[] = []
  readonly paths = new Set<string>()
  readonly blobs: ManifestBlob[] = []
  totalBytes = 0
  /** Of the manifest, while nothing was put in since it was made. */
  manifestKey: Uint8Array | undefined
  /** When anything was put in last. */
  touchedAtMs: number
  readonly #indexByRoot = new Map<string, number>()
  #waiting: WaitingFile[] = []
  #waitingBytes = 0

  constructor(id: string, begun: Extract<UploadRecord, { readonly kind: 'begun' }>) {
    this.id = id
    this.input = begun.input
    this.touchedAtMs = begun.atMs
  }

  /** Of an upload of an earlier run. */
  static of(id: string, [begun, ...rest]: readonly UploadRecord[]): UploadSession | undefined {
    if (begun?.kind !== 'begun') return undefined
    const session = new UploadSession(id, begun)
    for (const record of rest) session.apply(record)
    return session
  }

  /** Small files that are in no blob yet. */
  get waiting(): readonly WaitingFile[] {
    return this.#waiting
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  apply(record: UploadRecord): void {
    this.touchedAtMs = record.atMs
    this.manifestKey = record.kind === 'finishing' ? record.key : undefined
    if (record.kind === 'small') this.#addSmall(record)
    if (record.kind === 'stored') this.#addStored(record.blob, record.files)
  }

  /** The same, without bytes that are in blobs by now. */
  records(): readonly UploadRecord[] {
    const { touchedAtMs: atMs, input, files, blobs, manifestKey } = this
    const empty = files.filter(({ blob }) => blob === undefined)
    const inBlobs = Map.groupBy(files, ({ blob }) => blob)
    const small = [...this.#waiting, ...empty.map(({ path }) => ({ path, bytes: NO_BYTES }))]
    return [
      { kind: 'begun', atMs, input },
      ...blobs.map((blob, index) => {
        const stored = (inBlobs.get(index) ?? []).map(({ path, sizeBytes, offset }) => {
          return { path, sizeBytes, offset }
        })
        return { kind: 'stored', atMs, blob, files: stored } as const
      }),
      ...small.map((file) => ({ kind: 'small', atMs, ...file }) as const),
      ...(manifestKey === undefined
        ? []
        : [{ kind: 'finishing', atMs, key: manifestKey } as const]),
    ]
  }

  #addSmall({ path, bytes }: WaitingFile): void {
    if (this.paths.has(path)) return
    this.paths.add(path)
    this.totalBytes += bytes.length
    if (bytes.length === 0) this.files.push({ path, sizeBytes: 0, blob: undefined, offset: 0 })
    else {
      this.#waiting.push({ path, bytes })
      this.#waitingBytes += bytes.length
    }
  }

  #addStored(blob: ManifestBlob, files: readonly StoredFile[]): void {
    const index = this.#addBlob(blob)
    const paths = new Set(files.map(({ path }) => path))
    const packed = new Set(this.#waiting.filter(({ path }) => paths.has(path)).map(pathOf))
    this.#waiting = this.#waiting.filter(({ path }) => !packed.has(path))
    this.#waitingBytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0)
    for (const file of files) {
      const isPacked = packed.has(file.path)
      if (this.paths.has(file.path) && !isPacked) continue
      this.paths.add(file.path)
      this.files.push({ ...file, blob: index })
      if (!isPacked) this.totalBytes += file.sizeBytes
    }
  }

  /** Equal files of a public share are one blob. */
  #addBlob(blob: ManifestBlob): number {
    const root = bytesToHex(blob.root)
    const known = this.#indexByRoot.get(root)
    if (known !== undefined) return known
    this.#indexByRoot.set(root, this.blobs.length)
    return this.blobs.push(blob) - 1
  }
}

const NO_BYTES = new Uint8Array(0)

function pathOf({ path }: WaitingFile): string {
  return path
}
