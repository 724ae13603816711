/**
 * Files of this machine that are to be shared: what was named, and everything in folders that were named.
 *
 * Links inside folders are not followed, since they may lead anywhere, and only plain files are taken: a pipe would never
 * end. What was named itself is taken through a link, because it was meant.
 */

import { createReadStream } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { mendFileName, mendPaths, SHARE_FILES_MAX } from '@hamlet/files/names'
import type { SafePath } from '@hamlet/files/names'

import { CliError } from '../errors.ts'
import { absolutePath } from '../io.ts'
import type { Io } from '../io.ts'

export interface LocalFile {
  /** On this machine, absolute. */
  readonly file: string
  /** In the share: a path that every system takes. */
  readonly path: SafePath
  readonly sizeBytes: number
}

export interface LocalShare {
  readonly name: string
  readonly isFolder: boolean
  readonly files: readonly LocalFile[]
  readonly totalBytes: number
  /** Files whose names in the share are not those on this machine. */
  readonly renamed: readonly LocalFile[]
  /** What is no plain file. */
  readonly skipped: readonly string[]
}

interface Found {
  readonly file: string
  readonly names: readonly string[]
  readonly sizeBytes: number
}

/** Bytes that are read at once. */
const PIECE_BYTES = 256 * 1024

/** @throws CliError `FILE_FAILED`, `USAGE` */
export async function findLocalFiles(
  io: Io,
  paths: readonly string[],
  name: string | undefined,
): Promise<LocalShare> {
  const found: Found[] = []
  const skipped: string[] = []
  let isFolder = paths.length > 1
  for (const path of paths) {
    const file = absolutePath(io, path)
    const facts = await ask(path, () => stat(file))
    if (facts.isDirectory()) {
      const inside = paths.length > 1 ? [basename(file)] : []
      await walk(file, inside, found, skipped)
      isFolder = true
    } else if (facts.isFile()) {
      found.push({ file, names: [basename(file)], sizeBytes: facts.size })
    } else {
      throw new CliError('FILE_FAILED', `${path} is neither a file nor a folder`)
    }
  }
  return toShare(found, skipped, isFolder, mendFileName(name ?? nameOf(io, paths)))
}

export function readLocalFile({ file }: LocalFile): AsyncIterable<Uint8Array> {
  return createReadStream(file, { highWaterMark: PIECE_BYTES })
}

function nameOf(io: Io, paths: readonly string[]): string {
  const [only] = paths
  if (only !== undefined && paths.length === 1) return basename(absolutePath(io, only))
  throw new CliError('USAGE', 'say with --name what several files are called together')
}

async function walk(
  folder: string,
  names: readonly string[],
  found: Found[],
  skipped: string[],
): Promise<void> {
  const entries = await ask(folder, () => readdir(folder, { withFileTypes: true }))
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = join(folder, entry.name)
    const path = [...names, entry.name]
    if (entry.isDirectory()) await walk(file, path, found, skipped)
    else if (entry.isFile()) {
      const { size } = await ask(file, () => lstat(file))
      found.push({ file, names: path, sizeBytes: size })
    } else skipped.push(file)
    if (found.length > SHARE_FILES_MAX) {
      throw new CliError('USAGE', `a share has at most ${SHARE_FILES_MAX} files`)
    }
  }
}

function toShare(
  found: readonly Found[],
  skipped: readonly string[],
  isFolder: boolean,
  name: string,
): LocalShare {
  if (found.length === 0) throw new CliError('FILE_FAILED', 'there is no file to share')
  const mended = mendPaths(found.map(({ names }) => names))
  if (!mended.ok) throw mended.error
  const files = found.map(({ file, sizeBytes }, index) => ({
    ...{ file, sizeBytes },
    path: mended.value[index]!,
  }))
  const renamed = files.filter(({ path }, index) => path !== found[index]!.names.join('/'))
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  // One file is called as the share is.
  if (!isFolder)
    return {
      name,
      isFolder,
      files: [{ ...files[0]!, path: name as SafePath }],
      totalBytes,
      renamed: [],
      skipped,
    }
  return { name, isFolder, files, totalBytes, renamed, skipped }
}

async function ask<T>(path: string, look: () => Promise<T>): Promise<T> {
  try {
    return await look()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError('FILE_FAILED', `cannot read ${path}: ${reason}`, { cause })
  }
}
