/**
 * What a program wants of a sparse copy, and goes on wanting after a crash.
 *
 * Until it is fulfilled or cancelled, a want is asked for again by every life. A copy that lost its head in a power cut does not
 * know yet how long the log is; then the want waits for what comes.
 */

import type { Download, DownloadOptions, SharedHandle, SparseLog } from '@hamlet/log'

export interface LogWant {
  readonly options: DownloadOptions
  /** At which it was asked for last: what the author took back since is not wanted any more. */
  fork: number
  download: Download | undefined
}

export class LogWants {
  readonly #wants = new Set<LogWant>()
  /** Called when a want is fulfilled. */
  onFulfilled: ((want: LogWant) => void) | undefined

  get all(): readonly LogWant[] {
    return [...this.#wants]
  }

  add(handle: SharedHandle, log: SparseLog, options: DownloadOptions): LogWant {
    const want: LogWant = { options, fork: log.fork, download: undefined }
    this.#wants.add(want)
    this.#begin(handle, want, options)
    return want
  }

  cancel(want: LogWant): void {
    this.#wants.delete(want)
    want.download?.cancel()
    want.download = undefined
  }

  /** Nobody fetches any more, for now. */
  forget(): void {
    for (const want of this.#wants) want.download = undefined
  }

  /** Asks for everything again. */
  ask(handle: SharedHandle, log: SparseLog): void {
    for (const want of this.#wants) {
      const { to = 0 } = want.options
      want.fork = log.fork
      this.#begin(handle, want, to > log.length ? { ...want.options, live: true } : want.options)
    }
  }

  #begin(handle: SharedHandle, want: LogWant, options: DownloadOptions): void {
    const download = handle.download(options)
    want.download = download
    void download.done.then(
      () => {
        if (want.download !== download) return
        this.#wants.delete(want)
        this.onFulfilled?.(want)
      },
      () => undefined,
    )
  }
}
