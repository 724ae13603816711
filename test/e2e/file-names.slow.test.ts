/**
 * Files with names that have broken programs, and of every size around a leaf, between people on real processes: what
 * comes is what was shared, in one folder and nowhere else.
 *
 * @timeoutSeconds 600
 */

import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { naughtyStrings } from '../fuzz/_naughty.ts'
import { eventually, TestPeers } from './_peers.ts'
import { found, letIn } from './_people.ts'

const TIMEOUT_MS = 590_000
const SIZES = [0, 1, 16_383, 16_384, 16_385]
const NAME_BYTES_MAX = 255

interface ShareLine {
  readonly share: { readonly id: string; readonly fileCount: number }
}

test(
  'a folder of every size around a leaf and of names that break programs comes as it was',
  { timeout: TIMEOUT_MS },
  async () => {
    const peers = await TestPeers.create()
    try {
      await shareOddThings(peers)
    } finally {
      await peers.close()
    }
  },
)

async function shareOddThings(peers: TestPeers): Promise<void> {
  const [ana, ben] = [peers.peer('ana'), peers.peer('ben')]
  await ana.up()
  await ben.up('--bootstrap', ana.ready.addresses[0]!)
  await found(ana, 'Ana', 'Home')
  await letIn(ana, ben, 'Ben', 'Home')
  const folder = peers.directory('Odd things')
  const contents = await fillFolder(folder)
  const made = await ana.json<ShareLine>('share', folder, '--space', 'Home')
  assert.equal(made.share.fileCount, contents.size)
  const into = peers.directory('odd-out')
  await eventually(
    'Ben knows of it',
    () => ben.json<readonly { id: string }[]>('files', 'list'),
    (shares) => shares.some(({ id }) => id === made.share.id),
  )
  const facts = await ben.json<{ files: number }>('get', 'Odd things', '-o', into)
  assert.equal(facts.files, contents.size)
  assert.deepEqual(await readdir(into), ['Odd things'])
  assert.deepEqual(await contentsOf(join(into, 'Odd things')), contents)
  const again = await ben.run('get', 'Odd things', '-o', into, '--json')
  assert.deepEqual([again.exitCode, /"FILE_EXISTS"/.test(again.stderr)], [1, true])
}

/** Sizes around a leaf, and every name that a file of this system can have; the contents of all, each once. */
async function fillFolder(folder: string): Promise<ReadonlySet<string>> {
  await mkdir(join(folder, 'deep', 'er'), { recursive: true })
  const contents = new Set<string>()
  for (const size of SIZES) {
    const text = bytesOf(size).toString('latin1')
    await writeFile(join(folder, 'deep', 'er', `${size}.bin`), text, 'latin1')
    contents.add(text)
  }
  for (const [index, name] of naughtyStrings().entries()) {
    if (!canBeFile(name)) continue
    const text = `content ${index}`
    await writeFile(join(folder, name), text, { flag: 'wx' }).then(
      () => contents.add(text),
      // The list has some strings twice.
      (error: NodeJS.ErrnoException) => assert.equal(error.code, 'EEXIST'),
    )
  }
  return contents
}

function canBeFile(name: string): boolean {
  const isPath = name === '' || name === '.' || name === '..' || /[/\0]/.test(name)
  return !isPath && name.isWellFormed() && Buffer.byteLength(name) <= NAME_BYTES_MAX
}

async function contentsOf(folder: string): Promise<ReadonlySet<string>> {
  const contents = new Set<string>()
  for (const name of await readdir(folder, { recursive: true })) {
    const file = join(folder, name)
    if ((await stat(file)).isFile()) contents.add(await readFile(file, 'latin1'))
  }
  return contents
}

/** The same bytes for the same size. */
function bytesOf(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  let state = sizeBytes + 1
  for (let index = 0; index < sizeBytes; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}
