/** `hamlet log …` on files, with no peer anywhere. */

import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { lockDirectory } from '@hamlet/store/node'

import { cutIntoBlocks } from '../src/block-input.ts'
import type { BlockForm } from '../src/block-input.ts'
import { runCli } from './_cli.ts'
import type { CliResult, RunOptions } from './_cli.ts'

const root = await mkdtemp(join(tmpdir(), 'hamlet-log-'))
after(() => rm(root, { recursive: true }))
let count = 0

interface Setting {
  readonly data: string
  cli(argv: readonly string[], options?: RunOptions): Promise<CliResult>
  json<T = Record<string, unknown>>(...argv: string[]): Promise<T>
}

/** A data directory with a log `diary` in it. */
async function diary(): Promise<Setting> {
  const data = join(root, `${count++}`)
  const cli = (argv: readonly string[], options?: RunOptions): Promise<CliResult> =>
    runCli(['log', ...argv, '--data', data], options)
  const setting: Setting = {
    data,
    cli,
    async json(...argv) {
      const result = await cli([...argv, '--json'])
      if (result.code !== 0) throw new Error(result.stderr)
      return JSON.parse(result.stdout) as never
    },
  }
  await setting.json('create', 'diary')
  return setting
}

function errorOf({ code, stdout, stderr }: CliResult): string {
  assert.equal(code, 1)
  assert.equal(stdout, '')
  return (JSON.parse(stderr) as { error: { code: string } }).error.code
}

test('a log is made with a key of its own, which nobody else can read', async () => {
  const { data, cli, json } = await diary()
  const key = join(data, 'logs', 'diary', 'key')
  assert.equal((await stat(key)).mode & 0o777, 0o600)
  assert.match(await readFile(key, 'utf8'), /^hamlet\/v1\/log-key [0-9a-f]{64}\n$/)
  assert.equal(errorOf(await cli(['create', 'diary', '--json'])), 'LOG_EXISTS')
  const other = await cli(['create', 'notes.2'])
  assert.match(other.stdout, /^Made the log notes\.2\. .*\nhamlet\/v1\/log\/[0-9a-f]{64}\+/)
  assert.deepEqual(await json('list'), ['diary', 'notes.2'])
  assert.equal((await cli(['list'])).stdout, 'diary\nnotes.2\n')
  await chmod(key, 0o640)
  assert.equal(errorOf(await cli(['info', 'diary', '--json'])), 'FILE_FAILED')
})

test('blocks come from arguments, standard input, files, lines and chunks', async () => {
  const { data, cli, json } = await diary()
  await cli(['append', 'diary', 'first', 'second'])
  await cli(['append', 'diary'], { stdin: 'from\nstdin\n' })
  await cli(['append', 'diary', '--lines'], { stdin: 'one\n\nthree' })
  const file = join(data, 'file')
  await writeFile(file, 'abcdefgh')
  await cli(['append', 'diary', '--file', file, '--file', '-'], { stdin: 'last' })
  const said = await cli(['append', 'diary', '--chunks', '3', '--file', file])
  assert.equal(said.stdout, 'Appended 3 blocks; diary has 11 now.\n')
  const blocks: string[] = []
  for (let index = 0; index < 11; index++) {
    blocks.push((await cli(['get', 'diary', `${index}`])).stdout)
  }
  assert.deepEqual(blocks, [
    'first',
    'second',
    'from\nstdin\n',
    'one',
    '',
    'three',
    'abcdefgh',
    'last',
    'abc',
    'def',
    'gh',
  ])
  assert.equal((await json('info', 'diary'))['length'], 11)
  assert.equal(
    (await cli(['append', 'diary', '--lines'], { stdin: '' })).stdout,
    'Nothing to append.\n',
  )
})

test('a range is printed as it is, with line ends when asked, or one document a block', async () => {
  const { cli } = await diary()
  await cli(['append', 'diary', 'a', 'b', 'c', 'd'])
  assert.equal((await cli(['get', 'diary', '1', '3'])).stdout, 'bc')
  assert.equal((await cli(['get', 'diary', '1', '4', '--lines'])).stdout, 'b\nc\nd\n')
  const lines = (await cli(['get', 'diary', '0', '2', '--json'])).stdout.trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    [
      { index: 0, bytes: 1, base64: 'YQ==', text: 'a' },
      { index: 1, bytes: 1, base64: 'Yg==', text: 'b' },
    ],
  )
  assert.equal(errorOf(await cli(['get', 'diary', '4', '--json'])), 'LOG_OUT_OF_RANGE')
  assert.equal((await cli(['get', 'diary', '-1'])).code, 2)
  assert.equal((await cli(['get', 'diary', '01'])).code, 2)
})

test('on a terminal a block cannot move the cursor, and bytes that are no text are not shown', async () => {
  const { data, cli } = await diary()
  const file = join(data, 'file')
  await writeFile(file, Uint8Array.of(0xff, 0xfe))
  await cli(['append', 'diary', 'a\u001b[2Jb'])
  await cli(['append', 'diary', '--file', file])
  const terminal = { terminal: true, env: { NO_COLOR: '1' } }
  assert.equal((await cli(['get', 'diary', '0'], terminal)).stdout, 'a\ufffd[2Jb\n')
  assert.match((await cli(['get', 'diary', '1'], terminal)).stdout, /2 bytes that are no text/)
  assert.equal((await cli(['get', 'diary', '0'])).stdout, 'a\u001b[2Jb')
})

test('info has what others need to check the log, audit reads all of it', async () => {
  const { data, cli, json } = await diary()
  const empty = await cli(['info', 'diary'])
  assert.match(empty.stdout, /^Length +0 blocks, 0 B$/m)
  await cli(['append', 'diary', '--lines'], { stdin: 'x\n'.repeat(5000) })
  const info = await json('info', 'diary')
  assert.deepEqual([info['length'], info['bytes']], [5000, 5000])
  assert.equal(String(info['checkpoint']).split('\n')[0], info['origin'])
  assert.match((await cli(['info', 'diary'])).stdout, /\n\u2014 hamlet\/v1\/log\//)
  const audit = await json('audit', 'diary')
  assert.deepEqual([audit['read'], audit['cleared'], audit['root']], [5000, 0, info['root']])
  assert.match((await cli(['audit', 'diary'])).stdout, /^diary is sound: 5000 blocks, 5 kB\.\n$/)
  const segment = join(data, 'logs', 'diary', 'blocks', '00000000.seg')
  const bytes = await readFile(segment)
  bytes[30_000]! ^= 1
  await writeFile(segment, bytes)
  assert.equal(errorOf(await cli(['audit', 'diary', '--json'])), 'LOG_DAMAGED')
})

test('a log is published, and anybody verifies it with its key', async () => {
  const { data, cli, json } = await diary()
  const target = join(data, 'www')
  assert.equal(errorOf(await cli(['publish', 'diary', target, '--json'])), 'LOG_OUT_OF_RANGE')
  await cli(['append', 'diary', '--lines'], { stdin: 'x\n'.repeat(300) })
  const said = await cli(['publish', 'diary', target])
  assert.match(
    said.stdout,
    /^Published diary: 300 blocks; 6 files written\.\nAnybody checks it with: /,
  )
  const mode = (await stat(join(target, 'tile', '0', '000'))).mode & 0o777
  assert.equal(mode, 0o644 & ~process.umask())
  const { key } = await json<{ key: string }>('info', 'diary')
  assert.equal(
    (await cli(['verify', target, key])).stdout,
    'Sound: 300 entries, 300 B, all of them signed.\n',
  )
  await cli(['append', 'diary', 'one more'])
  const more = await json('publish', 'diary', target)
  assert.deepEqual([more['from'], more['to'], more['filesWritten']], [300, 301, 3])
  assert.equal(
    (await cli(['publish', 'diary', target])).stdout,
    'diary is published already, with 301 blocks.\n',
  )
  await json('create', 'other')
  await cli(['append', 'other', 'x'])
  assert.equal(errorOf(await cli(['publish', 'other', target, '--json'])), 'TLOG_OTHER')
})

test('one block is proven to somebody who has neither the log nor a network', async () => {
  const { data, cli, json } = await diary()
  await cli(['append', 'diary', '--lines'], { stdin: 'a\nb\nc\n' })
  const { key } = await json<{ key: string }>('info', 'diary')
  const proof = join(data, 'b.tlog-proof')
  const printed = await cli(['prove', 'diary', '1'])
  assert.match(printed.stdout, /^c2sp\.org\/tlog-proof@v1\nindex 1\n/)
  await writeFile(proof, printed.stdout)
  const good = await cli(['check', proof, '-', key], { stdin: 'b' })
  assert.equal(
    good.stdout,
    'Proven: these 1 bytes are block 1 of a log of 3, signed by its author.\n',
  )
  const bad = await cli(['check', proof, '-', key, '--json'], { stdin: 'c' })
  assert.equal(errorOf(bad), 'NOT_SOUND')
  assert.equal((await cli(['check', '-', '-', key])).code, 2)
  assert.equal(errorOf(await cli(['prove', 'diary', '3', '--json'])), 'LOG_OUT_OF_RANGE')
  await json('create', 'empty')
  assert.equal(errorOf(await cli(['prove', 'empty', '0', '--json'])), 'LOG_OUT_OF_RANGE')
})

test('a published log that was changed is not sound: the file is named, and the exit code is 1', async () => {
  const { data, cli, json } = await diary()
  const target = join(data, 'www')
  await cli(['append', 'diary', '--lines'], { stdin: 'x\n'.repeat(300) })
  await cli(['publish', 'diary', target])
  const { key } = await json<{ key: string }>('info', 'diary')
  const bundle = join(target, 'tile', 'entries', '001.p', '44')
  const bytes = await readFile(bundle)
  bytes[bytes.length - 1]! ^= 1
  await writeFile(bundle, bytes)
  const found = await cli(['verify', target, key])
  assert.equal(found.code, 1)
  assert.match(found.stdout, /^tile\/entries\/001\.p\/44 {2}damaged: entry 299 is not the one/m)
  assert.match(found.stderr, /not what was signed/)
  assert.equal((await cli(['verify', target, `${key}x`])).code, 2)
  await cli(['publish', 'diary', target, '--recheck'])
  assert.equal((await cli(['verify', target, key])).code, 0)
})

test('a block that is too large is refused; what came before it stays, and is told', async () => {
  const { data, cli, json } = await diary()
  const file = join(data, 'file')
  await writeFile(file, Buffer.alloc(1_100_000))
  assert.equal(
    errorOf(await cli(['append', 'diary', '--file', file, '--json'])),
    'LOG_BLOCK_TOO_LARGE',
  )
  const lines = `${'x\n'.repeat(5000)}${'y'.repeat(1_100_000)}\n`
  const result = await cli(['append', 'diary', '--lines', '--json'], { stdin: lines })
  const { error } = JSON.parse(result.stderr) as {
    error: { code: string; fields: Record<string, unknown> }
  }
  assert.deepEqual(
    [error.code, error.fields],
    ['APPEND_ENDED', { appended: 5000, reason: 'LOG_BLOCK_TOO_LARGE' }],
  )
  assert.equal((await json('info', 'diary'))['length'], 5000)
  const large = await cli(['append', 'diary', '--chunks', '70000', '--file', file])
  assert.match(large.stderr, /larger than 65535 bytes: this log cannot be published/)
  assert.equal(
    errorOf(await cli(['publish', 'diary', join(data, 'www'), '--json'])),
    'TLOG_ENTRY_TOO_LARGE',
  )
})

test('while another process uses a log, a command says so', async () => {
  const { data, cli } = await diary()
  await using _lock = await lockDirectory(join(data, 'logs', 'diary'))
  const refused = await cli(['append', 'diary', 'x'])
  assert.equal(refused.code, 1)
  assert.equal(
    refused.stderr,
    `hamlet: The log diary is in use by process ${process.pid}; try again after it.\n`,
  )
  assert.equal(errorOf(await cli(['get', 'diary', '0', '--json'])), 'LOG_IN_USE')
})

const WRONG: readonly (readonly string[])[] = [
  ['create', 'Diary'],
  ['create', '../x'],
  ['create', '.hidden'],
  ['create', 'a'.repeat(65)],
  ['create', 'x.tmp'],
  ['append', 'diary', 'x', '--lines'],
  ['append', 'diary', 'x', '--file', 'y'],
  ['append', 'diary', '--lines', '--chunks', '5'],
  ['append', 'diary', '--chunks', '0'],
  ['verify', '.', 'key'],
]
for (const argv of WRONG) {
  test(`"hamlet log ${argv.join(' ').slice(0, 40)}" is wrong usage`, async () => {
    const { code, stdout } = await runCli(['log', ...argv, '--data', join(root, 'none')])
    assert.deepEqual([code, stdout], [2, ''])
  })
}

test('a log or a file that is not there is named', async () => {
  const { data, cli } = await diary()
  assert.equal(errorOf(await cli(['info', 'other', '--json'])), 'NOTHING_MATCHES')
  const missing = await cli(['append', 'diary', '--file', join(data, 'none')])
  assert.match(missing.stderr, /cannot read .*none: ENOENT/i)
  await writeFile(join(data, 'logs', 'diary', 'key'), 'hamlet/v1/log-key 00\n', { mode: 0o600 })
  assert.equal(errorOf(await cli(['info', 'diary', '--json'])), 'FILE_FAILED')
})

test('progress is shown on a terminal and nowhere else', async () => {
  const { cli } = await diary()
  const stdin = 'x\n'.repeat(100)
  const quiet = await cli(['append', 'diary', '--lines'], { stdin })
  assert.equal(quiet.stderr, '')
  const shown = await cli(['append', 'diary', '--lines'], { stdin, terminal: true })
  assert.equal(shown.stderr, '\r\u001b[KAppending 0\r\u001b[K')
  const asJson = await cli(['audit', 'diary', '--json'], { terminal: true })
  assert.equal(asJson.stderr, '')
  assert.match((await cli(['audit', 'diary'], { terminal: true })).stderr, /Reading \[\.{24}\] 0 %/)
})

test('however the bytes arrive, the blocks are the same', async () => {
  const bytes = new TextEncoder().encode('a\nbb\n\nccc\ndddd')
  const cut = async (form: BlockForm, size: number): Promise<readonly string[]> => {
    const pieces = (async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
    })()
    const blocks: string[] = []
    for await (const block of cutIntoBlocks(pieces, form))
      blocks.push(new TextDecoder().decode(block))
    return blocks
  }
  for (let size = 1; size <= bytes.length; size++) {
    assert.deepEqual(await cut({ kind: 'lines' }, size), ['a', 'bb', '', 'ccc', 'dddd'])
    assert.deepEqual(await cut({ kind: 'chunks', bytes: 5 }, size), ['a\nbb\n', '\nccc\n', 'dddd'])
    assert.deepEqual(await cut({ kind: 'chunks', bytes: 14 }, size), ['a\nbb\n\nccc\ndddd'])
    assert.deepEqual(await cut({ kind: 'whole' }, size), ['a\nbb\n\nccc\ndddd'])
  }
})
