/** A `Disk` that sees one directory of another: what is handed to a part of the program that owns only that. */

import type { Disk } from './ports.ts'

/** `directory`: relative, without a slash at its end. */
export function scopedDisk(disk: Disk, directory: string): Disk {
  const inside = (path: string): string => (path === '' ? directory : `${directory}/${path}`)
  return {
    open: (path) => disk.open(inside(path)),
    list: (path) => disk.list(inside(path)),
    write: (path, bytes) => disk.write(inside(path), bytes),
    readAll: (path) => disk.readAll(inside(path)),
    rename: (from, to) => disk.rename(inside(from), inside(to)),
    remove: (path) => disk.remove(inside(path)),
    syncDirectory: (path) => disk.syncDirectory(inside(path)),
  }
}
