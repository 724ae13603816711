/**
 * Writing the files of a share to this machine: into a folder beside their place first, then each to its place.
 *
 * The idea: names come from other people, the place may hold other files, and the command may be killed at any time. So
 * every file is written whole under a number in a folder of our own, and gets its name only when all are there. A name
 * that is taken is never written over, unless that was asked for, however many processes race for it: a second name of the
 * same file (`link`) is refused by the system where there is one already.
 *
 *     DIR/.hamlet-<share>/17.part     file 17 of the share while it is written
 *     DIR/.hamlet-<share>/17          the same once it is whole and synced
 *
 * Invariants:
 * 1. Nothing is followed: a link in the way, to a file or a folder, is refused.
 * 2. Nothing is written outside the folder that was named: paths are those of `@hamlet/files/names`, and where the parent of a
 *    file really lies is checked before the file gets its name.
 * 3. Who starts again with the same share and folder goes on: whole files are not fetched again.
 */

import { constants } from 'node:fs'
import { link, lstat, mkdir, open, realpath, rename, rm, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { errorCode } from '@hamlet/core'
import type { SafePath } from '@hamlet/files/names'

import { CliError } from '../errors.ts'

export interface PlacedFile {
  /** In the share; it stays the same when the command is started again. */
  readonly index: number
  /** Below the folder that was named. */
  readonly path: SafePath
  readonly sizeBytes: number
}

// Windows has no O_NOFOLLOW; `undefined` counts as 0 there.
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
const NEW_FILE = O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY
/** Of a share's id: enough to tell shares apart. */
const ID_LENGTH = 16
/** What file systems say that know no second names. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
])
const TAKEN_SHOWN_MAX = 5

export class Staging {
  readonly #root: string
  readonly #folder: string
  readonly #isForced: boolean

  /** `root`: where the files go, made when there is a file to write. `isForced`: other files may be replaced. */
  constructor(root: string, share: string, isForced: boolean) {
    this.#root = root
    this.#folder = join(root, `.hamlet-${share.slice(0, ID_LENGTH)}`)
    this.#isForced = isForced
  }

  /** Before anything is fetched. @throws CliError `FILE_EXISTS` */
  async requireFree(files: readonly PlacedFile[]): Promise<void> {
    if (this.#isForced) return
    const taken: string[] = []
    for (const file of files) {
      const there = await lookAt(join(this.#root, file.path))
      if (there !== undefined && !(await this.#isPlaced(file))) taken.push(file.path)
      if (taken.length > TAKEN_SHOWN_MAX) break
    }
    if (taken.length > 0) throw exists(taken)
  }

  /** Whether the file is whole, from an earlier try. */
  async has({ index, sizeBytes }: PlacedFile): Promise<boolean> {
    const facts = await lookAt(this.#staged(index))
    return facts?.isFile() === true && facts.size === sizeBytes
  }

  /** @throws CliError `FILE_FAILED`, `DISK_FULL` */
  async write(file: PlacedFile, content: AsyncIterable<Uint8Array>): Promise<void> {
    const staged = this.#staged(file.index)
    const part = `${staged}.part`
    await naming(this.#folder, async () => {
      await mkdir(this.#root, { recursive: true })
      await enterFolder(this.#folder)
    })
    await naming(file.path, () => rm(part, { force: true }))
    const handle = await naming(file.path, () => open(part, NEW_FILE, 0o666))
    try {
      await writeAll(handle, file, content)
    } catch (error) {
      // It is written anew the next time; on a full disk the room is wanted.
      await rm(part, { force: true })
      throw error
    } finally {
      await handle.close()
    }
    await naming(file.path, () => rename(part, staged))
  }

  /** Gives every file its name. @throws CliError `FILE_EXISTS`, `FILE_FAILED` */
  async placeAll(files: readonly PlacedFile[]): Promise<void> {
    for (const file of files) await naming(file.path, () => this.#place(file))
    await naming(this.#folder, async () => {
      await rm(this.#folder, { recursive: true, force: true })
      await syncFolder(this.#root)
    })
  }

  #staged(index: number): string {
    return join(this.#folder, String(index))
  }

  async #isPlaced({ index, path }: PlacedFile): Promise<boolean> {
    const [staged, there] = [
      await lookAt(this.#staged(index)),
      await lookAt(join(this.#root, path)),
    ]
    return staged !== undefined && there?.ino === staged.ino && there.dev === staged.dev
  }

  async #place(file: PlacedFile): Promise<void> {
    if (await this.#isPlaced(file)) return
    const target = join(this.#root, file.path)
    const staged = this.#staged(file.index)
    await this.#enterParent(file.path)
    if (this.#isForced) return await rename(staged, target)
    try {
      await link(staged, target)
    } catch (error) {
      const code = errorCode(error)
      if (code === 'EEXIST') throw exists([file.path])
      if (!NO_LINKS.has(code)) throw error
      await moveToFree(staged, target, file.path)
    }
  }

  /** Makes the folders on the way, through no link. */
  async #enterParent(path: SafePath): Promise<void> {
    let folder = this.#root
    for (const name of path.split('/').slice(0, -1)) {
      folder = join(folder, name)
      await enterFolder(folder)
    }
    const [root, real] = [await realpath(this.#root), await realpath(folder)]
    if (real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)) return
    throw new CliError('FILE_FAILED', `${dirname(path)} leads out of the folder`)
  }
}

async function enterFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    const facts = await lstat(folder)
    if (facts.isDirectory()) return
    throw new CliError('FILE_FAILED', `${basename(folder)} is in the way: it is no folder`)
  }
}

/** Takes the name with an empty file, which is then replaced: a name that is taken stays as it is. */
async function moveToFree(staged: string, target: string, path: string): Promise<void> {
  try {
    await (await open(target, NEW_FILE, 0o666)).close()
  } catch (error) {
    throw errorCode(error) === 'EEXIST' ? exists([path]) : error
  }
  try {
    await rename(staged, target)
  } catch (error) {
    await unlink(target)
    throw error
  }
}

async function writeAll(
  handle: FileHandle,
  { path, sizeBytes }: PlacedFile,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  let written = 0
  for await (const piece of content) {
    written += piece.length
    if (written > sizeBytes) break
    await naming(path, () => handle.writeFile(piece))
  }
  if (written !== sizeBytes) {
    const message = `${path} has another size than its share says`
    throw new CliError('FILE_FAILED', message, { fields: { sizeBytes, written } })
  }
  await naming(path, () => handle.sync())
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function lookAt(path: string) {
  try {
    return await lstat(path)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw writeFailure(path, error)
  }
}

async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof CliError ? error : writeFailure(path, error)
  }
}

/** What the system refused, in words. */
export function writeFailure(path: string, cause: unknown): CliError {
  const code = errorCode(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    const message = `no room for ${path}; what has come is kept: free some space and start again`
    return new CliError('DISK_FULL', message, { cause })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CliError('FILE_FAILED', `cannot write ${path}: ${reason}`, { cause })
}

function exists(paths: readonly string[]): CliError {
  const shown = paths.slice(0, TAKEN_SHOWN_MAX).join(', ')
  const more = paths.length > TAKEN_SHOWN_MAX ? ' and more' : ''
  const message = `${shown}${more} would be written over; nothing was touched. With --force they are replaced`
  return new CliError('FILE_EXISTS', message)
}
