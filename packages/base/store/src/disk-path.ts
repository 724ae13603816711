/**
 * Paths on a `Disk`: relative, `/`-separated, each name made of `[a-z0-9._-]`.
 *
 * One alphabet for every file system: no case folding, no Unicode normalisation, no separator of another platform and
 * no way out of the root. Names ending in `.tmp` belong to the disk itself (the file `Disk.write` renames into place),
 * so that what a crash leaves of them is never listed and is replaced by the next write.
 */

import { StoreError } from './errors.ts'

export const PATH_CHARS_MAX = 512
export const TEMPORARY_SUFFIX = '.tmp'

const NAME = /^[a-z0-9._-]{1,128}$/

export function isDiskName(name: string): boolean {
  return NAME.test(name) && name !== '.' && name !== '..' && !name.endsWith(TEMPORARY_SUFFIX)
}

/** The names along `path`. @throws StoreError `STORE_PATH` */
export function parseDiskPath(path: string): readonly string[] {
  const names = path.split('/')
  if (path.length > PATH_CHARS_MAX || !names.every(isDiskName)) {
    throw new StoreError('STORE_PATH', 'expected a relative path of names in [a-z0-9._-]', {
      fields: { path: path.slice(0, PATH_CHARS_MAX) },
    })
  }
  return names
}

/** The names along a directory's path; `''` is the root. @throws StoreError `STORE_PATH` */
export function parseDiskDirectory(directory: string): readonly string[] {
  return directory === '' ? [] : parseDiskPath(directory)
}

export function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
