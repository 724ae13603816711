/**
 * Paths of the files in a share, and where each of them is written.
 *
 * A path is text, its names separated by `/` and by nothing else. A share may hold paths that some disks take for one:
 * `Read.me` and `read.me`. Where they are written, the first of them keeps its name and the others get a number, the
 * same on every device, so that no file ever replaces another. What disks are taken to hold for one is more than any of
 * them does: case, compatible spellings of a letter, and characters that show as nothing (HFS+ ignores those).
 *
 * Invariants:
 * 1. `checkPath` takes only paths whose every name `checkFileName` takes: joined to a folder, they stay in it.
 * 2. `localPaths` gives as many paths as it was given, each again one that `checkPath` takes, no two of which any disk
 *    takes for one, and none of which is a folder of another.
 * 3. A path that is like no other in its share is written under its own name.
 * 4. The work is proportional to the paths, however they were chosen.
 */

import { err, ok, utf8 } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import { FileNameError } from './errors.ts'
import { checkFileName, mendFileName, numberedParts, numberFileName } from './file-name.ts'
import { FILE_PATH_BYTES_MAX, FILE_PATH_DEPTH_MAX } from './limits.ts'

declare const safe: unique symbol
/** A relative path that leads nowhere but into the folder it is joined to. */
export type SafePath = string & { readonly [safe]: true }

export function checkPath(path: string): Result<SafePath, FileNameError> {
  if (path.length > FILE_PATH_BYTES_MAX || utf8(path).length > FILE_PATH_BYTES_MAX) {
    return refusePath(`expected at most ${FILE_PATH_BYTES_MAX} bytes`)
  }
  const names = path.split('/')
  if (names.length > FILE_PATH_DEPTH_MAX) {
    return refusePath(`expected at most ${FILE_PATH_DEPTH_MAX} names`)
  }
  for (const name of names) {
    const checked = checkFileName(name)
    if (!checked.ok) return checked
  }
  return ok(path as SafePath)
}

/** The paths under which files of this machine are shared: the nearest that are allowed, no two alike. */
export function mendPaths(
  paths: readonly (readonly string[])[],
): Result<readonly SafePath[], FileNameError> {
  return localPaths(paths.map((names) => names.map(mendFileName).join('/')))
}

/** Where each of these paths is written, below a folder of the share's own. */
export function localPaths(paths: readonly string[]): Result<readonly SafePath[], FileNameError> {
  for (const path of paths) {
    const checked = checkPath(path)
    if (!checked.ok) return checked
  }
  const root = new FoldedFolder()
  const places = paths.map((path) => placeOf(root, path))
  const isOwn = places.map(({ folder, name }) => folder.take(name))
  const written = places.map(({ folder, name, before }, index) =>
    isOwn[index] === true ? paths[index]! : before + folder.takeNumbered(name),
  )
  const long = written.find((path) => utf8(path).length > FILE_PATH_BYTES_MAX)
  if (long !== undefined) return refusePath('no room for a number behind a name')
  return ok(written as readonly string[] as readonly SafePath[])
}

interface Place {
  readonly folder: FoldedFolder
  readonly name: string
  /** The path up to the name, with its slash. */
  readonly before: string
}

/** Enters the folders of a path, so that no file takes the name of one. */
function placeOf(root: FoldedFolder, path: string): Place {
  const names = path.split('/')
  const name = names.pop()!
  const folder = names.reduce((inside, each) => inside.enter(each), root)
  return { folder, name, before: path.slice(0, path.length - name.length) }
}

/** One folder as the disk that tells the fewest names apart has it. */
class FoldedFolder {
  readonly #folders = new Map<string, FoldedFolder>()
  readonly #files = new Set<string>()
  /** Where numbering left off, so that each candidate is looked at once, however many would like to have it. */
  readonly #lastByParts = new Map<string, number>()

  enter(name: string): FoldedFolder {
    const folded = foldName(name)
    const known = this.#folders.get(folded)
    if (known !== undefined) return known
    const folder = new FoldedFolder()
    this.#folders.set(folded, folder)
    return folder
  }

  /** Whether the name was free, and is this file's from now on. */
  take(name: string): boolean {
    const folded = foldName(name)
    if (this.#folders.has(folded) || this.#files.has(folded)) return false
    this.#files.add(folded)
    return true
  }

  takeNumbered(name: string): string {
    const { stem, extension } = numberedParts(name)
    const parts = `${foldName(stem)}/${foldName(extension)}`
    for (let number = (this.#lastByParts.get(parts) ?? 1) + 1; ; number++) {
      const candidate = numberFileName(name, number)
      if (!this.take(candidate)) continue
      this.#lastByParts.set(parts, number)
      return candidate
    }
  }
}

/** What every disk that may be met holds for the same name, as one text. */
export function foldName(name: string): string {
  return foldCase(name.normalize('NFKD').replaceAll(INVISIBLE, ''))
}

/** What shows as nothing, and variation selectors. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]|\p{Variation_Selector}/gu

/** Twice, since some letters have an upper case of which the lower case is another one. */
function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase().toUpperCase().normalize('NFKD')
}

function refusePath(message: string): Result<never, FileNameError> {
  return err(new FileNameError('FILE_NAME_LONG', `not a path of a share: ${message}`))
}
