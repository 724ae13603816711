/** Where the blocks of `hamlet log append` come from: bytes as they arrive, cut into blocks. */

import { concatBytes } from '@hamlet/core'
import { BLOCK_BYTES_MAX, LogError } from '@hamlet/log'

import { CliError } from './errors.ts'
import type { Io } from './io.ts'

export type BlockForm =
  /** Everything is one block. */
  | { readonly kind: 'whole' }
  /** A line is a block, without its line end. */
  | { readonly kind: 'lines' }
  /** Blocks of so many bytes; the last may be shorter. */
  | { readonly kind: 'chunks'; readonly bytes: number }

const NEWLINE = 0x0a

/** The blocks in bytes that come in pieces of any size. @throws LogError `LOG_BLOCK_TOO_LARGE` */
export async function* cutIntoBlocks(
  pieces: AsyncIterable<Uint8Array>,
  form: BlockForm,
  bytesMax: number = BLOCK_BYTES_MAX,
): AsyncGenerator<Uint8Array, void, undefined> {
  let rest: Uint8Array[] = []
  let restBytes = 0
  for await (const piece of pieces) {
    let at = 0
    for (let end = endOf(piece, at, restBytes, form); end >= 0; end = endOf(piece, at, 0, form)) {
      if (restBytes + end - at > bytesMax) throw tooLarge(form, bytesMax)
      yield concatBytes(...rest, piece.subarray(at, end))
      rest = []
      restBytes = 0
      at = form.kind === 'lines' ? end + 1 : end
    }
    rest.push(piece.slice(at))
    restBytes += piece.length - at
    if (restBytes > bytesMax) throw tooLarge(form, bytesMax)
  }
  if (form.kind === 'whole' || restBytes > 0) yield concatBytes(...rest)
}

/** The bytes of a file, `-` for standard input. @throws CliError `FILE_FAILED` */
export async function* bytesOfFile(
  io: Io,
  file: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* file === '-' ? io.stdinBytes() : io.files.bytes(file)
  } catch (cause) {
    if (io.signal.aborted) throw new CliError('STOPPED', 'stopped', { cause })
    throw cannotRead(file === '-' ? 'standard input' : file, cause)
  }
}

/** Bytes of all files together; 0 when one of them cannot say, such as standard input. @throws CliError `FILE_FAILED` */
export async function sizeOfFiles(io: Io, files: readonly string[]): Promise<number> {
  let total = 0
  for (const file of files) {
    if (file === '-') return 0
    const sizeBytes = await io.files.size(file).catch((cause: unknown) => {
      throw cannotRead(file, cause)
    })
    if (sizeBytes === undefined) return 0
    total += sizeBytes
  }
  return total
}

/** Where the block that goes on at `at` ends in this piece, or -1. `before`: bytes of it that came already. */
function endOf(piece: Uint8Array, at: number, before: number, form: BlockForm): number {
  if (form.kind === 'whole') return -1
  if (form.kind === 'lines') return piece.indexOf(NEWLINE, at)
  const end = at + form.bytes - before
  return end <= piece.length ? end : -1
}

function tooLarge(form: BlockForm, limit: number): LogError {
  const hint = form.kind === 'whole' ? '; cut it with --lines or --chunks' : ''
  const what = form.kind === 'lines' ? 'a line' : 'a block'
  const message = `${what} has at most ${limit} bytes${hint}`
  return new LogError('LOG_BLOCK_TOO_LARGE', message, { fields: { limit } })
}

function cannotRead(file: string, cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CliError('FILE_FAILED', `cannot read ${file}: ${reason}`, { cause })
}
