// @timeoutSeconds 180: Go compiles its packages the first time.
/**
 * What `hamlet log publish` writes is sound to the Go project's own code for transparency logs, and what was changed is not.
 *
 * Method: verify-tlog.go, which uses Go's `sumdb/note` and `sumdb/tlog` and shares no line with ours, reads a log that is
 * published here, and the same log with one thing changed. Where Go or these packages are not there, the published files have to be
 * those, byte for byte, that it found sound: the digest below is checked in both cases.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, test } from 'node:test'
import { bytesToHex, utf8 } from '@hamlet/core'
import { createNodeCrypto } from '@hamlet/identity/node'
import {
  diskTiles,
  Log,
  noteKeyOf,
  originOf,
  parseNoteKey,
  publishLog,
  renderNoteKey,
  verifyPublished,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { createNodeDisk } from '@hamlet/store/node'

const ENTRIES = 1300
const DIGEST = 'd94b8aa33b4d312ca280efd1fcb00ee905a7a95fdba90a4d6f849f0502633166'
const crypto = createNodeCrypto()
const root = await mkdtemp(join(tmpdir(), 'hamlet-verify-tlog-'))
after(() => rm(root, { recursive: true }))

interface Ended {
  readonly code: number
  readonly output: string
}

/** Debian's folder of Go packages, and no module that would have to be fetched. */
const env = { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' }

function run(program: string, ...argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, argv, { env }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 127) : 0
      resolve({ code, output: stdout + stderr + (code === 127 ? (error?.message ?? '') : '') })
    })
  })
}

/** Why Go cannot verify here, or `undefined`. */
async function obstacleOf(): Promise<string | undefined> {
  if ((await run('go', 'version')).code !== 0) return 'there is no Go'
  const packages = ['golang.org/x/mod/sumdb/note', 'golang.org/x/mod/sumdb/tlog']
  const found = await run('go', 'list', ...packages)
  return found.code === 0 ? undefined : 'Go has no golang.org/x/mod/sumdb'
}

interface Published {
  readonly directory: string
  readonly key: string
}

async function publish(name: string): Promise<Published> {
  const directory = join(root, name)
  const signer = crypto.signer(new Uint8Array(32).fill(7))
  const { publicKey } = signer
  const namespace = new Uint8Array(32)
  const own = { crypto, signer, publicKey, namespace, disk: createMemoryDisk(), directory: 'log' }
  await using log = await Log.open(own)
  await log.append(Array.from({ length: ENTRIES }, (_, i) => utf8(`entry ${i} `.repeat(i % 5))))
  await publishLog(log, createNodeDisk(directory, { isPublic: true }), { crypto })
  return { directory, key: renderNoteKey(noteKeyOf(crypto, originOf(log.id), publicKey)) }
}

async function filesOf(directory: string): Promise<readonly string[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = found.filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => relative(directory, join(parentPath, name))).sort()
}

async function digestOf(directory: string): Promise<string> {
  const parts: Uint8Array[] = []
  for (const path of await filesOf(directory)) {
    parts.push(utf8(path), crypto.hash(await readFile(join(directory, path))))
  }
  return bytesToHex(crypto.hash(...parts))
}

async function change(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at]! ^= 1
  await writeFile(path, bytes)
}

const CHANGES: Readonly<Record<string, (directory: string) => Promise<void>>> = {
  'an entry': (directory) => change(join(directory, 'tile/entries/002'), 100),
  'a hash': (directory) => change(join(directory, 'tile/0/003'), 40),
  'a hash above': (directory) => change(join(directory, 'tile/1/000.p/5'), 70),
  'the root': (directory) => change(join(directory, 'checkpoint'), 90),
  'the end of a bundle': (directory) => appendFile(join(directory, 'tile/entries/000'), 'x'),
}

test('a published log is sound to the transparency logs of Go, byte for byte as it was, and not with anything changed', async () => {
  const { directory, key } = await publish('sound')
  assert.equal(await digestOf(directory), DIGEST)
  const obstacle = await obstacleOf()
  const verifier = join(root, 'verify-tlog')
  if (obstacle === undefined) {
    const source = join(import.meta.dirname, 'verify-tlog.go')
    assert.deepEqual(await run('go', 'build', '-o', verifier, source), { code: 0, output: '' })
    const verified = await run(verifier, directory, key)
    assert.equal(verified.code, 0, verified.output)
    assert.match(verified.output, new RegExp(`: ${ENTRIES} entries, all sound\n$`))
  } else {
    const instead = 'that the files are those it once found sound, and our own verifier instead'
    console.log(`REDUCED Go's transparency logs: ${instead} (${obstacle})`)
  }
  for (const [what, spoil] of Object.entries(CHANGES)) {
    const spoiled = await publish(what)
    await spoil(spoiled.directory)
    const { directory: place } = spoiled
    if (obstacle === undefined) assert.equal((await run(verifier, place, key)).code, 1, what)
    const ours = await verifyPublished({
      crypto,
      fetch: diskTiles(createNodeDisk(place)),
      policy: { logs: [parseNoteKey(crypto, key)!] },
    })
    assert.equal(ours.isSound, false, what)
  }
})
