/** Folders made up for a walk: large files, small ones and odd ones, the same bytes for the same name; and what is in a folder. */

import { createCipheriv, createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const PIECE_BYTES = 1024 * 1024
/** Of the whole, by one file each; what is left are small ones. */
const LARGE_PARTS = [0.4, 0.25, 0.15, 0.1, 0.05]
const SMALL_FILES = 40
export const ODD_SIZES = [0, 1, 16_383, 16_384, 16_385]

/** SHA-256 by path. */
export type Digests = ReadonlyMap<string, string>

/** Files of so many bytes in all, and of every odd size. */
export async function makeFolder(folder: string, bytes: number): Promise<Digests> {
  const digests = new Map<string, string>()
  const sizes = new Map<string, number>()
  for (const [index, part] of LARGE_PARTS.entries()) {
    sizes.set(`large/part ${index + 1}.bin`, Math.floor(bytes * part))
  }
  const rest = Math.floor((bytes * 0.05) / SMALL_FILES)
  for (let index = 0; index < SMALL_FILES; index++)
    sizes.set(`small/${index % 4}/${index}.dat`, rest)
  for (const size of ODD_SIZES) sizes.set(`odd/${size}.bin`, size)
  for (const [path, size] of sizes)
    digests.set(path, await makeFile(join(folder, path), size, path))
  return digests
}

/** A file of bytes that cannot be made smaller; gives its SHA-256. */
export async function makeFile(file: string, sizeBytes: number, seed = file): Promise<string> {
  await mkdir(dirname(file), { recursive: true })
  const hash = createHash('sha256')
  await pipeline(function* () {
    for (const piece of bytesOf(sizeBytes, seed)) {
      hash.update(piece)
      yield piece
    }
  }, createWriteStream(file))
  return hash.digest('hex')
}

function* bytesOf(sizeBytes: number, seed: string): Generator<Buffer> {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16)
  const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16))
  const zeros = Buffer.alloc(PIECE_BYTES)
  for (let left = sizeBytes; left > 0; left -= PIECE_BYTES) {
    yield stream.update(zeros.subarray(0, Math.min(left, PIECE_BYTES)))
  }
}

/** Of every file below a folder. */
export async function digestsOf(folder: string): Promise<Digests> {
  const digests = new Map<string, string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const hash = createHash('sha256')
    for await (const piece of createReadStream(file)) hash.update(piece as Buffer)
    digests.set(file.slice(folder.length + 1).replaceAll('\\', '/'), hash.digest('hex'))
  }
  return digests
}

/** @throws Error naming the first files that differ */
export function requireSame(found: Digests, expected: Digests): void {
  const paths = new Set([...expected.keys(), ...found.keys()])
  const different = [...paths].filter((path) => found.get(path) !== expected.get(path))
  if (different.length === 0) return
  const words = different.slice(0, 5).map((path) => {
    return `${path} ${found.has(path) ? (expected.has(path) ? 'differs' : 'is too much') : 'is missing'}`
  })
  throw new Error(`${different.length} of ${paths.size} files: ${words.join(', ')}`)
}
