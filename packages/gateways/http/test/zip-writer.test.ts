// ZIP files as others read them: by a strict reader of our own, and by Python's and Info-ZIP's where they are found.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'

import { writeZip, zipBytes } from '../src/zip-writer.ts'
import type { ZipFile } from '../src/zip-writer.ts'
import { readZip } from './_zip-reader.ts'

const run = promisify(execFile)
const AT_MS = Date.UTC(2026, 10, 28, 7, 30, 59)
const MIB = 1024 * 1024
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hamlet-zip-'))
})

after(() => rm(folder, { recursive: true, force: true }))

function zipFile(path: string, ...pieces: readonly Uint8Array[]): ZipFile {
  const sizeBytes = pieces.reduce((sum, { length }) => sum + length, 0)
  return { path, sizeBytes, modifiedAtMs: AT_MS, read: () => given(pieces) }
}

async function* given(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces
}

function counted(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7919) >> 3)
}

async function whole(files: readonly ZipFile[]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of writeZip(files, crc32)) pieces.push(Uint8Array.from(piece))
  return new Uint8Array(Buffer.concat(pieces))
}

/** What a program says, or `undefined` where there is none of that name. */
async function ask(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    // Names of any script are written out as they are only where the locale has them.
    const env = { ...process.env, LC_ALL: 'C.UTF-8' }
    return (await run(program, [...args], { env, maxBuffer: 64 * MIB, encoding: 'utf8' })).stdout
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Names, sizes and checksums as Python's zipfile reads them, after it has compared all content with its checksum. */
const PYTHON = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    bad = z.testzip() if len(sys.argv) < 3 else None
    tail = [z.read(n).decode() for n in sys.argv[2:]]
    print(json.dumps([bad, [[i.filename, i.file_size, i.CRC] for i in z.infolist()], tail]))
`

async function askPython(...args: readonly string[]): Promise<readonly unknown[] | undefined> {
  const answer = await ask('python3', ['-c', PYTHON, ...args])
  return answer === undefined ? undefined : (JSON.parse(answer) as readonly unknown[])
}

const NAMES = ['a.txt', 'leer', 'Fotos/Käse & Brot.png', 'Fotos/夜/🌙.txt', 'x/y/z/ .env', '-rf']

test('files in folders, empty ones and names of any script come back byte for byte, for every reader', async () => {
  const contents = [
    [Buffer.from('milk')],
    [],
    [counted(70_000), counted(1)],
    [new Uint8Array(0), counted(65_536)],
    [counted(3)],
    [counted(200_000)],
  ]
  const files = NAMES.map((name, at) => zipFile(`Küche/${name}`, ...contents[at]!))
  const bytes = await whole(files)
  assert.equal(bytes.length, zipBytes(files))
  const found = readZip(bytes)
  assert.deepEqual(
    found.map(({ path, modifiedSeconds }) => [path, modifiedSeconds]),
    NAMES.map((name) => [`Küche/${name}`, AT_MS / 1000]),
  )
  for (const [at, file] of found.entries()) {
    assert.deepEqual(Buffer.from(file.bytes), Buffer.concat(contents[at]!), file.path)
  }
  const path = join(folder, 'kitchen.zip')
  await writeFile(path, bytes)
  const python = await askPython(path)
  if (python !== undefined) {
    const expected = files.map((file, at) => {
      return [file.path, file.sizeBytes, crc32(Buffer.concat(contents[at]!))]
    })
    assert.deepEqual(python, [null, expected, []])
  }
  const out = join(folder, 'out')
  if ((await ask('unzip', ['-q', path, '-d', out])) === undefined) return
  assert.deepEqual(await readFile(join(out, 'Küche', '-rf')), Buffer.from(counted(200_000)))
  assert.equal(await readFile(join(out, 'Küche', 'a.txt'), 'utf8'), 'milk')
})

test('nothing at all is a ZIP file too', async () => {
  const bytes = await whole([])
  assert.deepEqual([bytes.length, zipBytes([]), readZip(bytes)], [22, 22, []])
})

test('more files than 16 bits can count are all there', async () => {
  const files = Array.from({ length: 65_536 }, (_, at) => zipFile(`${at}`))
  const bytes = await whole(files)
  assert.equal(bytes.length, zipBytes(files))
  const found = readZip(bytes)
  assert.deepEqual([found.length, found.at(-1)?.path], [65_536, '65535'])
})

/** Zeros are left as holes, so that no disk has to have room for them. */
async function writeSparse(file: FileHandle, pieces: AsyncIterable<Uint8Array>, zeros: Uint8Array) {
  let at = 0
  for await (const piece of pieces) {
    if (piece !== zeros) await file.write(piece, 0, piece.length, at)
    at += piece.length
  }
  return at
}

test('a file beyond 4 GiB, and what lies behind it, have their sizes and places in 64 bits', async () => {
  const zeros = new Uint8Array(16 * MIB)
  const count = 257
  const large: ZipFile = {
    ...{ path: 'film', sizeBytes: count * zeros.length, modifiedAtMs: AT_MS },
    read: () => given(Array.from({ length: count }, () => zeros)),
  }
  const files = [zipFile('before', Buffer.from('1')), large, zipFile('behind', Buffer.from('two'))]
  const path = join(folder, 'large.zip')
  const file = await open(path, 'w+')
  // The checksum of the zeros would take longer than all the rest, and nobody here reads them.
  const quick = (bytes: Uint8Array, before: number) => (bytes === zeros ? 0 : crc32(bytes, before))
  const length = await writeSparse(file, writeZip(files, quick), zeros)
  assert.equal(length, zipBytes(files))
  assert.ok(length > 2 ** 32)
  // The directory and the end by hand: two numbers of 64 bits of the large one, one of what lies behind it.
  const tail = Buffer.alloc(400)
  await file.read(tail, 0, tail.length, length - tail.length)
  await file.close()
  const place = tail.indexOf('behind', tail.indexOf('film')) + 'behind'.length
  const offset = Number(tail.readBigUInt64LE(place + 4))
  assert.deepEqual([tail.readUInt16LE(place), tail.readUInt16LE(place + 2)], [1, 8])
  assert.equal(offset, zipBytes(files.slice(0, 2)) - zipBytesOfEnd(files.slice(0, 2)))
  const python = await askPython(path, 'before', 'behind')
  if (python === undefined) return
  const sizes = (python[1] as readonly (readonly unknown[])[]).map((entry) => entry.slice(0, 2))
  assert.deepEqual(sizes, [
    ['before', 1],
    ['film', large.sizeBytes],
    ['behind', 3],
  ])
  assert.deepEqual(python[2], ['1', 'two'])
})

/** The directory with the end, of what `before` and a large file come to. */
function zipBytesOfEnd(files: readonly ZipFile[]): number {
  const records = files.map(({ path, sizeBytes }) => {
    return 46 + path.length + 9 + (sizeBytes >= 2 ** 32 ? 20 : 0)
  })
  return records.reduce((sum, bytes) => sum + bytes, 0) + 22 + 76
}

test('a file that is shorter or longer than it said ends it with an error, and the next is not asked for', async () => {
  for (const pieces of [['mil'], ['milk', '.']]) {
    let isAsked = false
    const wrong = { ...zipFile('a', ...pieces.map((text) => Buffer.from(text))), sizeBytes: 4 }
    const next: ZipFile = {
      ...zipFile('b'),
      ...{ sizeBytes: 1 },
      read: () => {
        isAsked = true
        return given([counted(1)])
      },
    }
    await assert.rejects(whole([wrong, next]), { code: 'INTERNAL' })
    assert.equal(isAsked, false)
  }
})

test('small pieces are put together, large ones go as they are, and files are read one after the other', async () => {
  const events: string[] = []
  const watched = (path: string, ...pieces: readonly Uint8Array[]): ZipFile => ({
    ...zipFile(path, ...pieces),
    read: async function* () {
      events.push(`begin ${path}`)
      yield* pieces
      events.push(`end ${path}`)
    },
  })
  const large = counted(100_000)
  const files = [watched('a', counted(10)), watched('b', large), watched('c', counted(10))]
  const pieces: Uint8Array[] = []
  for await (const piece of writeZip(files, crc32)) pieces.push(piece)
  assert.equal(pieces.length, 3)
  assert.equal(pieces[1], large)
  assert.deepEqual(events, ['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c'])
})
