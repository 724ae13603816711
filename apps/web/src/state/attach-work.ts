/**
 * Files that go with messages and bills: chosen before anything is sent, taken in by the peer, and put where they belong.
 *
 * Invariants:
 * 1. What was chosen stays until it is sent or taken out by hand, whatever is on the screen.
 * 2. A receipt that could not be put on its bill stays beside it, with its reason, until it is there or discarded.
 */

import type { AttachmentsApi } from '@hamlet/http/api'
import { codeOf } from './error-words.ts'
import type { FilesState } from './files-state.ts'
import type { PageFiles } from './page-files.ts'
import type { AttachJob } from './upload-job.ts'

export interface AttachWorkParts {
  readonly api: AttachmentsApi
  readonly files: PageFiles
  readonly change: (change: (files: FilesState) => FilesState) => void
  /** A bill has another file, or one less. */
  readonly onChanged: (space: string) => void
  readonly onError: (error: unknown) => void
}

const NOBODY_STOPS = new AbortController().signal

export class AttachWork {
  readonly #parts: AttachWorkParts
  #lastId = 0

  constructor(parts: AttachWorkParts) {
    this.#parts = parts
  }

  /** `place`: a room or the form of a bill. */
  choose(place: string, chosen: readonly File[]): void {
    this.#parts.change((files) => ({ ...files, chosen: { ...files.chosen, [place]: chosen } }))
  }

  /** Takes a file in for a message; its id there. */
  async prepare(space: string, file: File): Promise<string> {
    const options = { signal: NOBODY_STOPS, onSent: () => undefined }
    const name = file.name.normalize('NFC')
    return (await this.#parts.files.prepare(space, name, file, options)).id
  }

  /** Puts files on a bill, one after the other. */
  async attach(space: string, expense: string, files: readonly File[]): Promise<void> {
    const jobs = files.map((file): AttachJob => {
      return { id: ++this.#lastId, space, expense, file, state: 'sending' }
    })
    this.#parts.change((state) => ({ ...state, attaching: [...state.attaching, ...jobs] }))
    for (const job of jobs) await this.#run(job)
  }

  async retry(job: AttachJob): Promise<void> {
    const { reason: _reason, ...again } = job
    this.#set({ ...again, state: 'sending' })
    await this.#run(job)
  }

  discard(id: number): void {
    this.#parts.change((state) => ({
      ...state,
      attaching: state.attaching.filter((job) => job.id !== id),
    }))
  }

  async detach(space: string, expense: string, attached: string): Promise<void> {
    try {
      await this.#parts.api.detachFromExpense(space, expense, attached)
    } catch (error) {
      this.#parts.onError(error)
    }
    this.#parts.onChanged(space)
  }

  async #run(job: AttachJob): Promise<void> {
    const { space, expense, file } = job
    try {
      const prepared = await this.prepare(space, file)
      await this.#parts.api.attachToExpense(space, expense, prepared)
      this.discard(job.id)
    } catch (error) {
      const reason = codeOf(error) === '' ? 'UNKNOWN_ERROR' : codeOf(error)
      this.#set({ ...job, state: 'failed', reason })
    }
    this.#parts.onChanged(space)
  }

  #set(changed: AttachJob): void {
    this.#parts.change((state) => ({
      ...state,
      attaching: state.attaching.map((job) => (job.id === changed.id ? changed : job)),
    }))
  }
}
