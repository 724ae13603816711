/**
 * Blob ids are the pieces roots that libtorrent computes, and chunk nodes its pieces.
 *
 * Method: torrent-roots.py makes a BitTorrent v2 torrent of each file with libtorrent, which shares no line with ours. Where it is
 * not there, that is said, and the roots have to be those, by digest, that it gave where it was: they are checked in both cases.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { BlobHasher } from '@hamlet/blobs'
import { bytesToHex, utf8 } from '@hamlet/core'
import { createNodeCrypto } from '@hamlet/identity/node'

interface Roots {
  readonly root: string
  /** Empty for a file of at most one piece. */
  readonly layer: readonly string[]
}

const SCRIPT = join(import.meta.dirname, 'torrent-roots.py')
/** Debian's package belongs to the system's own Python, which need not be the first on the path. */
const PYTHONS = ['python3', '/usr/bin/python3']
const DIGEST = '53408c801291e5f02c74c95a12896e51a47df433cb8fec67bb2eb3ea0a1300e4'
const LEAF = 16_384
const SIZES = [
  1,
  LEAF - 1,
  LEAF,
  LEAF + 1,
  5 * LEAF,
  262_144,
  262_145,
  900_001,
  4_194_304,
  5_000_000,
]
const crypto = createNodeCrypto()

function contentOf(size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let i = 0; i < size; i++) bytes[i] = Math.imul(i + size, 0x9e3779b1) >>> 24
  return bytes
}

function ours(bytes: Uint8Array): Roots {
  const hasher = new BlobHasher(crypto)
  hasher.update(bytes)
  const { id, places, nodes } = hasher.finish()
  const count = places.levels > 0 ? places.chunkCount : 0
  const layer = Array.from({ length: count }, (_, at) => bytesToHex(nodes.read(at)))
  return { root: bytesToHex(id.root), layer }
}

function run(program: string, ...argv: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, argv, (error, stdout) => resolve(error ? undefined : stdout))
  })
}

async function findPython(): Promise<string | undefined> {
  for (const python of PYTHONS) {
    if ((await run(python, '-c', 'import libtorrent')) !== undefined) return python
  }
  return undefined
}

test('libtorrent gives files the roots and pieces that we give', async () => {
  const expected: Record<string, Roots> = {}
  for (const size of SIZES) expected[`${size}.bin`] = ours(contentOf(size))
  const sorted = Object.fromEntries(Object.entries(expected).sort(([a], [b]) => (a < b ? -1 : 1)))
  assert.equal(bytesToHex(crypto.hash(utf8(JSON.stringify(sorted)))), DIGEST)
  const python = await findPython()
  if (!python) {
    console.log(`SKIPPED ${SIZES.length} files by libtorrent: there is no python3-libtorrent here`)
    return
  }
  const directory = await mkdtemp(join(tmpdir(), 'hamlet-torrent-'))
  after(() => rm(directory, { recursive: true }))
  for (const size of SIZES) await writeFile(join(directory, `${size}.bin`), contentOf(size))
  const output = await run(python, SCRIPT, directory)
  assert.ok(output !== undefined, 'libtorrent makes torrents of the files')
  assert.deepEqual(JSON.parse(output), sorted)
})
