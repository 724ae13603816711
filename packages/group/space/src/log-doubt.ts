/**
 * The doubt of a device in its own log: its files were copied or put back from a backup, so it may have written more
 * than it has. While there is doubt the space takes and serves everything, and writes nothing: what is written at a place
 * that was written before is a second history, and others hold a proof of it for ever.
 *
 * Whoever opens a space says when there is reason to doubt. Members who tell what they hold end it, or the person who
 * does not want to wait. Why so: `docs/design/006-restored-files.md`.
 */

export class LogDoubt {
  readonly #storedLength: () => number
  readonly #ended: () => void
  /** What this device remembers to have written; `undefined` without doubt. */
  #length: number | undefined

  /** `ended`: called once for each doubt. */
  constructor(storedLength: () => number, ended: () => void) {
    this.#storedLength = storedLength
    this.#ended = ended
  }

  get isOpen(): boolean {
    return this.#length !== undefined
  }

  /** `length`: so much was written, as far as this device remembers. */
  raise(length = 0): void {
    this.#length = Math.max(this.#length ?? 0, length)
  }

  /** `length`: of the log, as far as members know who were asked. With as much of it here the doubt ends. */
  confirm(length: number): void {
    if (this.#storedLength() >= Math.max(length, this.#length ?? 0)) this.end()
  }

  /** At the risk of a second history. A longer own log that was seen freezes the writer as ever. */
  end(): void {
    if (!this.isOpen) return
    this.#length = undefined
    this.#ended()
  }
}

/** Whether others are or may be here, who may have what this device wrote and has lost. */
export function isShared(space: {
  memberDevices(): readonly unknown[]
  invites(): readonly unknown[]
}): boolean {
  return space.memberDevices().length > 1 || space.invites().length > 0
}
