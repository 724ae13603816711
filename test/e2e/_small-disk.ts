/**
 * A file system so small that it can be filled: a tmpfs mounted over a directory, where that is permitted (Linux, as
 * root). Filling takes every block, so that the next write gets `ENOSPC` from the kernel as on any full disk.
 */

import { execFile } from 'node:child_process'
import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const BLOCK_BYTES = 4_096

export class SmallDisk {
  readonly directory: string
  readonly #filler: string

  private constructor(directory: string) {
    this.directory = directory
    this.#filler = join(directory, 'filler')
  }

  /** The disk, or in words why there is none. */
  static async mount(directory: string, mib: number): Promise<SmallDisk | string> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=0700`, 'tmpfs', directory])
      return new SmallDisk(directory)
    } catch (error) {
      return String((error as { stderr?: string }).stderr ?? error).trim() || String(error)
    }
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.directory)
    return bavail * bsize
  }

  /** Takes all the room but so many bytes, rounded to whole blocks. */
  async fill(leaveBytes = 0): Promise<void> {
    const file = await open(this.#filler, 'a', 0o600)
    try {
      const block = new Uint8Array(BLOCK_BYTES)
      while ((await this.freeBytes()) > leaveBytes) await file.write(block)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      await file.close()
    }
  }

  async free(): Promise<void> {
    await rm(this.#filler, { force: true })
  }

  async unmount(): Promise<void> {
    await run('umount', [this.directory]).catch(() => run('umount', ['-l', this.directory]))
  }
}
