/**
 * Sharing: one job after the other, the files of a job a few at a time, going on whatever is on the screen.
 *
 * Invariants:
 * 1. A job ends in three ways: the peer has it, the person has cancelled it, or it has failed and waits for Retry with all
 *    that was taken in.
 * 2. A file whose name is refused does not stop the others; the job says which were left out.
 */

import type { FilesApi, Share } from '@hamlet/http/api'
import type { DroppedFile } from '../files/dropped.ts'
import { isNameRefused } from '../files/file-errors.ts'
import { codeOf, isUnreachable } from './error-words.ts'
import type { PageFiles } from './page-files.ts'
import type { UploadJob, UploadPlan } from './upload-job.ts'

export interface UploadWorkParts {
  readonly api: FilesApi
  readonly files: PageFiles
  readonly change: (change: (jobs: readonly UploadJob[]) => readonly UploadJob[]) => void
  readonly onShared: (share: Share) => void
  readonly onCancelled: (name: string) => void
}

interface Running {
  readonly plan: UploadPlan
  readonly control: AbortController
  /** At the peer; absent until it has begun. */
  upload?: string
  readonly tried: Set<string>
  readonly sentByPath: Map<string, number>
  readonly done: Set<string>
  readonly left: string[]
  shownAtMs: number
}

/** Files of one job at once: enough that small ones do not wait for each other's answers. */
const LANES = 3
const SHOW_MS = 80
/** The browser's own, when a file has gone or changed since it was chosen. */
const UNREADABLE = 'PAGE_FILE_UNREADABLE'

export class UploadWork {
  readonly #parts: UploadWorkParts
  readonly #runningById = new Map<number, Running>()
  readonly #queue: number[] = []
  #lastId = 0
  #isPumping = false

  constructor(parts: UploadWorkParts) {
    this.#parts = parts
  }

  add(plan: UploadPlan): void {
    const id = ++this.#lastId
    const { name, space, files } = plan
    const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0)
    this.#runningById.set(id, newRunning(plan))
    this.#parts.change((jobs) => [
      ...jobs,
      {
        ...{ id, name, totalBytes, fileCount: files.length, sentBytes: 0 },
        ...(space === undefined ? {} : { space }),
        ...{ state: 'waiting', left: [] },
      },
    ])
    this.#enqueue(id)
  }

  retry(id: number): void {
    const running = this.#runningById.get(id)
    if (running === undefined) return
    this.#runningById.set(id, { ...running, control: new AbortController() })
    this.#set(id, { state: 'waiting' })
    this.#enqueue(id)
  }

  async cancel(id: number): Promise<void> {
    const running = this.#runningById.get(id)
    if (running === undefined) return
    this.#remove(id)
    running.control.abort()
    this.#parts.onCancelled(running.plan.name)
    // Whatever is not told now the peer drops by itself after a day.
    if (running.upload !== undefined) {
      await this.#parts.api.cancelUpload(running.upload).catch(() => undefined)
    }
  }

  #enqueue(id: number): void {
    this.#queue.push(id)
    if (!this.#isPumping) void this.#pump()
  }

  async #pump(): Promise<void> {
    this.#isPumping = true
    for (let id = this.#queue.shift(); id !== undefined; id = this.#queue.shift()) {
      const running = this.#runningById.get(id)
      if (running !== undefined) await this.#run(id, running)
    }
    this.#isPumping = false
  }

  async #run(id: number, running: Running): Promise<void> {
    try {
      const share = await this.#attempt(id, running)
      this.#remove(id)
      this.#parts.onShared(share)
    } catch (error) {
      if (running.control.signal.aborted) return
      const reason = codeOf(error) === '' ? 'UNKNOWN_ERROR' : codeOf(error)
      this.#set(id, { state: 'failed', reason, sentBytes: sentOf(running) })
    }
  }

  async #attempt(id: number, running: Running): Promise<Share> {
    this.#set(id, { state: 'sending' })
    try {
      return await this.#send(id, running)
    } catch (error) {
      // The peer has dropped what was taken in: it was too long ago, or is another peer now.
      const isGone = /^(UPLOAD_NOT_FOUND|FILES_UNKNOWN_UPLOAD)$/.test(codeOf(error))
      if (!isGone || running.control.signal.aborted) throw error
      forgetSent(running)
      return await this.#send(id, running)
    }
  }

  async #send(id: number, running: Running): Promise<Share> {
    const { plan } = running
    const { space, name, isFolder, isPublic } = plan
    const input = { ...(space === undefined ? {} : { space }), name, isFolder, isPublic }
    running.upload ??= (await this.#parts.api.startUpload(input)).id
    const rest = plan.files.filter(
      ({ path }) => !running.done.has(path) && !running.left.includes(path),
    )
    await inLanes(rest, (file) => this.#put(id, running, file))
    if (running.done.size === 0) throw refusedAll(running)
    running.control.signal.throwIfAborted()
    this.#set(id, { state: 'finishing', sentBytes: sentOf(running) })
    return this.#parts.api.finishUpload(running.upload)
  }

  async #put(id: number, running: Running, { path, file }: DroppedFile): Promise<void> {
    const { signal } = running.control
    signal.throwIfAborted()
    const wasTried = running.tried.has(path)
    running.tried.add(path)
    const onSent = (bytes: number): void => {
      running.sentByPath.set(path, Math.min(bytes, file.size))
      this.#showSent(id, running)
    }
    try {
      // As people see it, whatever form the disk of this machine has.
      const name = path.normalize('NFC')
      await this.#parts.files.put(running.upload!, name, file, { signal, onSent })
    } catch (error) {
      running.sentByPath.delete(path)
      if (isNameRefused(codeOf(error)) && running.plan.isFolder) {
        running.left.push(path)
        this.#set(id, { left: [...running.left] })
        return
      }
      // Its answer was lost the last time.
      if (!(wasTried && codeOf(error).endsWith('_EXISTS'))) throw await reasonOf(error, file)
    }
    running.done.add(path)
    onSent(file.size)
  }

  #showSent(id: number, running: Running): void {
    const nowMs = performance.now()
    if (nowMs - running.shownAtMs < SHOW_MS) return
    running.shownAtMs = nowMs
    this.#set(id, { sentBytes: sentOf(running) })
  }

  #set(id: number, patch: Partial<UploadJob>): void {
    this.#parts.change((jobs) => jobs.map((job) => (job.id === id ? { ...job, ...patch } : job)))
  }

  #remove(id: number): void {
    this.#runningById.delete(id)
    this.#parts.change((jobs) => jobs.filter((job) => job.id !== id))
  }
}

function newRunning(plan: UploadPlan): Running {
  return {
    plan,
    control: new AbortController(),
    tried: new Set(),
    sentByPath: new Map(),
    done: new Set(),
    left: [],
    shownAtMs: 0,
  }
}

function forgetSent(running: Running): void {
  delete running.upload
  running.tried.clear()
  running.done.clear()
  running.sentByPath.clear()
}

function sentOf({ sentByPath }: Running): number {
  return [...sentByPath.values()].reduce((sum, bytes) => sum + bytes, 0)
}

function refusedAll({ left }: Running): Error {
  return Object.assign(new Error(`names refused: ${left.join(', ')}`), {
    code: 'FILE_NAME_REFUSED',
  })
}

/** A file that the browser cannot read any more looks like a peer that does not answer. */
async function reasonOf(error: unknown, file: File): Promise<unknown> {
  if (!isUnreachable(error)) return error
  try {
    await file.slice(0, 1).arrayBuffer()
    return error
  } catch (cause) {
    return Object.assign(new Error('the file cannot be read', { cause }), { code: UNREADABLE })
  }
}

/** The first failure ends all lanes: none takes another item after it. */
async function inLanes<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]()
  let isOver = false
  const lane = async (): Promise<void> => {
    for (let next = rest.next(); !next.done && !isOver; next = rest.next()) {
      try {
        await work(next.value)
      } catch (error) {
        isOver = true
        throw error
      }
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane))
  const failed = lanes.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
