/**
 * Files that bills and messages carry, between this machine and the peer.
 *
 * On their way in they get names that every system takes; on their way out their names are somebody else's words, and are
 * written as those of a share are (`staging.ts`).
 */

import { createHash } from 'node:crypto'
import { mendPaths } from '@hamlet/files/names'
import type { HttpClient, MessageFile } from '@hamlet/http'

import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { absolutePath } from '../io.ts'
import { Progress } from '../progress.ts'
import { printable, sizeOf } from '../text.ts'
import { findLocalFiles, readLocalFile } from './local-files.ts'
import type { LocalFile } from './local-files.ts'
import { Staging } from './staging.ts'
import type { PlacedFile } from './staging.ts'

const SHOWN_ID_LENGTH = 8

/** A file of this machine with the name it is carried under. */
export interface FileToCarry extends LocalFile {
  readonly name: string
}

/** Before anything is written: a file that is not there is told first. @throws CliError `FILE_FAILED`, `USAGE` */
export async function findFilesToCarry(
  session: Session,
  paths: readonly string[],
): Promise<readonly FileToCarry[]> {
  const found: FileToCarry[] = []
  for (const path of paths) {
    const { files, name, isFolder } = await findLocalFiles(session.io, [path], undefined)
    if (isFolder) throw new CliError('USAGE', `${path} is a folder; expected files`)
    found.push({ ...files[0]!, name })
  }
  return found
}

/** Has the peer keep them; the ids are for what is written next. @throws CliError `FILE_FAILED`, `STOPPED` */
export async function prepareFiles(
  session: Session,
  client: HttpClient,
  space: string,
  files: readonly FileToCarry[],
): Promise<readonly string[]> {
  const { signal } = session.io
  const progress = new Progress(session, 'Reading')
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const ids: string[] = []
  let done = 0
  const onBytes = (bytes: number): void => {
    done += bytes
    progress.update(done, total, `${sizeOf(done)} of ${sizeOf(total)}`)
  }
  try {
    for (const file of files) {
      const { id } = await client.prepareFile(space, file.name, counted(file, onBytes), { signal })
      ids.push(id)
    }
  } catch (error) {
    if (signal.aborted) throw new CliError('STOPPED', 'nothing was written', { cause: error })
    throw error
  } finally {
    progress.end()
  }
  return ids
}

async function* counted(
  file: LocalFile,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of readLocalFile(file)) {
      onBytes(piece.length)
      yield piece
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError('FILE_FAILED', `cannot read ${file.file}: ${reason}`, { cause })
  }
}

export interface WrittenFile {
  readonly id: string
  readonly path: string
  readonly sizeBytes: number
}

/** Where they are to lie, and what is there may be replaced. */
export interface WriteFlags {
  readonly output?: string
  readonly force?: boolean
}

/** Writes all of them, or none. @throws CliError `FILE_EXISTS`, `FILE_FAILED`, `DISK_FULL`, `STOPPED` */
export async function writeCarried(
  session: Session,
  client: HttpClient,
  space: string,
  files: readonly MessageFile[],
  flags: WriteFlags,
): Promise<readonly WrittenFile[]> {
  const { signal } = session.io
  const root = absolutePath(session.io, flags.output ?? '.')
  const places = placesOf(files)
  const staging = new Staging(root, stagingId(files), flags.force === true)
  await staging.requireFree(places)
  try {
    for (const place of places) {
      if (signal.aborted) throw signal.reason
      if (await staging.has(place)) continue
      const { id } = files[place.index]!
      await staging.write(place, client.readAttachment(space, id, { signal }))
    }
    if (places.length > 0) await staging.placeAll(places)
  } catch (error) {
    if (!signal.aborted) throw error
    const message = 'ended before everything was there; the same command goes on where it stopped'
    throw new CliError('STOPPED', message, { cause: error })
  }
  return places.map(({ index, path, sizeBytes }) => {
    return { id: files[index]!.id, path: absolutePath(session.io, `${root}/${path}`), sizeBytes }
  })
}

/** What others call them is mended, never trusted; of two with the same name the second is numbered. */
function placesOf(files: readonly MessageFile[]): readonly PlacedFile[] {
  const places = mendPaths(files.map(({ name }) => [name]))
  if (!places.ok) throw places.error
  return places.value.map((path, index) => ({ index, path, sizeBytes: files[index]!.sizeBytes }))
}

/** Of just these files in this order: what an earlier try left is taken up only for the same. */
function stagingId(files: readonly MessageFile[]): string {
  return createHash('sha256')
    .update(files.map(({ id }) => id).join('\n'))
    .digest('hex')
}

/** What tells a file from others on the same bill or message. */
export function ownPart({ id }: MessageFile): string {
  return id.slice(id.indexOf('.') + 1)
}

/** `1f2e3d4c  till.png, 12 kB, image/png` */
export function carriedWords(file: MessageFile): string {
  const { name, sizeBytes, mediaType } = file
  const type = mediaType === '' ? '' : `, ${printable(mediaType)}`
  return `${ownPart(file).slice(0, SHOWN_ID_LENGTH)}  ${printable(name)}, ${sizeOf(sizeBytes)}${type}`
}

export function writtenWords(written: readonly WrittenFile[]): string {
  return written.map(({ path, sizeBytes }) => `${printable(path)}, ${sizeOf(sizeBytes)}`).join('\n')
}
