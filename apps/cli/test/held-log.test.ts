// @timeoutSeconds 180 @mostlyWaits: real servers and followers are started, killed and started again.
/**
 * A log that one process serves is used by commands in others, as if it were not.
 *
 * Method: servers and followers are processes of their own; commands run in processes, or in this one, which is another process
 * for the server. Whoever breaks the rules of the socket speaks to it directly.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { buffer } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'
import { encodeFrames, FrameDecoder } from '@hamlet/core'

import { decodeHolderMessage, encodeCallerMessage } from '../src/held/command-message.ts'
import type { CallerMessage, HolderMessage } from '../src/held/command-message.ts'
import { runCli } from './_cli.ts'
import type { CliResult } from './_cli.ts'
import { cliJson, kill, startHamlet, startServing, until } from './_processes.ts'
import type { HamletProcess } from './_processes.ts'

const root = await mkdtemp(join(tmpdir(), 'hamlet-held-'))
after(() => rm(root, { recursive: true }))

async function makeLog(data: string): Promise<string> {
  return String((await cliJson(data, ['log', 'create', 'diary']))['key'])
}

async function linesIn(data: string, name: string): Promise<readonly string[]> {
  const { length } = await cliJson(data, ['log', 'info', name])
  const argv = ['log', 'get', name, '0', `${Number(length)}`, '--lines', '--data', data]
  return (await runCli(argv)).stdout.split('\n').slice(0, -1)
}

async function stopped({ child, ended }: HamletProcess): Promise<number | null> {
  child.kill('SIGINT')
  return await ended
}

test('what is appended while a log is served reaches who follows it at once, and kill -9 loses nothing acknowledged', async () => {
  const [data, other] = [join(root, 'author'), join(root, 'follower')]
  const key = await makeLog(data)
  let server = await startServing('log', data, 'diary')
  const follow = ['log', 'replicate', key, 'theirs', '--peer', server.address, '--live']
  const follower = startHamlet(...follow, '--data', other)
  const third = startHamlet('log', 'append', 'diary', 'by a third process', '--data', data)
  assert.equal(await third.ended, 0)
  assert.deepEqual(third.lines, ['Appended 1 block; diary has 1 now.'])
  await until(() => follower.told().includes('Everything is here (1 block)'))
  await cliJson(data, ['log', 'append', 'diary', 'second'])
  await until(() => follower.told().includes('2 blocks now.'))
  assert.deepEqual(await linesIn(other, 'theirs'), ['by a third process', 'second'])

  const acknowledged: string[] = []
  for (let life = 0; life < 3; life++) {
    let isDead = false
    const writing = (async () => {
      for (let i = 0; !isDead; i++) {
        const text = `life ${life} line ${i}`
        const result = await runCli(['log', 'append', 'diary', text, '--data', data, '--json'])
        if (result.code === 0) acknowledged.push(text)
        else assert.match(result.stderr, /"HOLDER_ENDED"|"LOG_IN_USE"/)
      }
    })()
    const before = acknowledged.length
    await until(() => acknowledged.length > before + 20)
    await kill(server.child)
    isDead = true
    await writing
    assert.ok((await stat(join(data, 'logs', 'diary', 'commands.sock'))).isSocket(), 'left behind')
    const there = new Set(await linesIn(data, 'diary'))
    for (const text of acknowledged) assert.ok(there.has(text), `${text} is lost`)
    server = await startServing('log', data, 'diary')
  }
  const all = await linesIn(data, 'diary')
  await until(async () => (await linesIn(other, 'theirs')).length >= all.length)
  assert.deepEqual(await linesIn(other, 'theirs'), all)
  assert.equal((await cliJson(data, ['log', 'audit', 'diary']))['read'], all.length)
  assert.deepEqual([await stopped(follower), await stopped(server)], [0, 0])
  await assert.rejects(stat(join(data, 'logs', 'diary', 'commands.sock')), { code: 'ENOENT' })
})

test('every command does the same on a served log as on one that is not', async () => {
  const data = join(root, 'same')
  await makeLog(data)
  const file = join(root, 'photo')
  const photo = Uint8Array.from({ length: 900_001 }, (_, i) => i * 7)
  await writeFile(file, photo)
  const commands: readonly (readonly string[])[] = [
    ['append', 'diary', 'a', 'b'],
    ['append', 'diary', '--file', file, '--chunks', '60000'],
    ['append', 'diary', '--file', '/nowhere/photo'],
    ['get', 'diary', '0'],
    ['get', 'diary', '2', '17', '--json'],
    ['get', 'diary', '99', '--json'],
    ['info', 'diary', '--json'],
    ['audit', 'diary'],
    ['prove', 'diary', '3'],
    ['publish', 'diary', join(root, 'www')],
    ['truncate', 'diary', '2', '--json'],
    ['truncate', 'diary', '2'],
    ['append', 'diary', '--lines'],
    ['get', 'diary', 'x'],
  ]
  const results: CliResult[][] = []
  for (const isServed of [true, false]) {
    await rm(join(data, 'logs', 'diary', 'blocks'), { recursive: true })
    await rm(join(root, 'www'), { recursive: true, force: true })
    const server = isServed ? await startServing('log', data, 'diary') : undefined
    const outcomes: CliResult[] = []
    for (const argv of commands) {
      const stdin = 'first\nsecond\nthird'
      outcomes.push(await runCli(['log', ...argv, '--data', data], { stdin }))
    }
    results.push(outcomes)
    if (server) assert.equal(await stopped(server), 0)
  }
  for (const [i, argv] of commands.entries()) {
    const isSame = isDeepStrictEqual(results[0]![i], results[1]![i])
    assert.ok(isSame, `${argv.join(' ')}: ${results.map((run) => run[i]!.stderr).join(' ≠ ')}`)
  }
  const codes = results[0]!.map(({ code }) => code)
  assert.deepEqual(codes, [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 2])
})

test('many commands at once write to a served trie, one of them wins a key, and a watcher sees all', async () => {
  const data = join(root, 'trie')
  const { key } = await cliJson(data, ['trie', 'create', 'shed'])
  const server = await startServing('trie', data, 'shed')
  const watcher = startHamlet('trie', 'watch', 'shed', '--json', '--data', data)
  const first = await cliJson(data, ['trie', 'put', 'shed', 'before', '1'])
  await until(async () => {
    if (watcher.lines.length > 0) return true
    // Until it watches, what is written is past for it.
    await cliJson(data, ['trie', 'put', 'shed', 'before', String(performance.now())])
    return false
  })
  assert.equal(first['version'], 2)
  const race = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      runCli(['trie', 'put', 'shed', 'race', `${i}`, '--if-version', '0', '--data', data]),
    ),
  )
  assert.deepEqual(
    race.map(({ code }) => code).sort((a, b) => a - b),
    [0, 1, 1, 1, 1, 1, 1, 1],
  )
  const winner = race.findIndex(({ code }) => code === 0)
  assert.equal((await cliJson(data, ['trie', 'get', 'shed', 'race']))['value'], `${winner}`)
  // Whoever reads slowly misses nothing that is written meanwhile.
  watcher.child.stdout!.pause()
  const stdin = Array.from({ length: 12_000 }, (_, i) => `put\tk/${i}\t${i}\n`).join('')
  const batch = await cliJson(data, ['trie', 'batch', 'shed'], { stdin })
  assert.equal(batch['written'], 12_000)
  const listed = await runCli(['trie', 'list', 'shed', 'k', '--recursive', '--data', data])
  assert.equal(listed.stdout.split('\n').length, 12_001)
  await cliJson(data, ['trie', 'del', 'shed', 'k/7'])
  watcher.child.stdout!.resume()
  await until(() => watcher.lines.some((line) => line.includes('"k/7"') && line.includes('"del"')))
  const remote = ['trie', 'get-remote', String(key), 'k/8', '--peer', server.address]
  assert.equal((await cliJson(join(root, 'reader'), remote))['value'], '8')
  assert.equal(await stopped(server), 0)
  assert.equal(await watcher.ended, 0)
})

test('the socket is for its owner alone, and whoever breaks its rules ends nothing but its own line', async () => {
  const data = join(root, 'rules')
  await makeLog(data)
  await cliJson(data, ['log', 'create', 'other'])
  const server = await startServing('log', data, 'diary')
  const path = join(data, 'logs', 'diary', 'commands.sock')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  const speak = async (bytes: Uint8Array): Promise<readonly HolderMessage[]> => {
    const socket = createConnection(path)
    await once(socket, 'connect')
    socket.write(bytes)
    return messagesIn(await buffer(socket))
  }
  const start = (...argv: readonly string[]): CallerMessage => ({
    type: 'start',
    start: {
      argv,
      directory: root,
      noColour: undefined,
      terminal: undefined,
      isOutTerminal: false,
      isErrTerminal: false,
    },
  })
  for (const bytes of [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Uint8Array.of(0, 0, 0, 1, 99),
    said({ type: 'end' }),
    said({ type: 'data', bytes: new Uint8Array(5) }),
    said(start('log', 'append', 'diary', '--lines'), start('log', 'info', 'diary')),
  ]) {
    const answers = await speak(bytes)
    assert.ok(answers.every(({ type }) => type === 'open' || type === 'done'))
  }
  for (const argv of [
    ['log', 'get', 'other', '0'],
    ['log', 'append', 'other', 'x'],
    ['log', 'create', 'third'],
    ['space', 'list'],
    ['up'],
  ]) {
    const answers = await speak(said(start(...argv)))
    assert.deepEqual(answers.at(-1), { type: 'done', code: 2 }, argv.join(' '))
    assert.equal(textOf(answers, 'out'), '')
    assert.match(textOf(answers, 'err'), /Only commands about diary run here/)
  }
  const silent = createConnection(path)
  silent.write(said(start('log', 'append', 'diary', '--file', 'f')))
  const [asked] = (await once(silent, 'data')) as [Uint8Array]
  assert.deepEqual(messagesIn(asked), [{ type: 'measure', path: 'f' }])
  const gone = createConnection(path)
  gone.on('error', () => undefined)
  gone.write(said(start('log', 'append', 'diary', '--lines')))
  gone.destroy()
  assert.equal((await cliJson(data, ['log', 'append', 'diary', 'still there']))['length'], 1)
  const tooMuch = ['log', 'append', 'diary', 'x'.repeat(1_000_001), '--data', data]
  const refused = await runCli(tooMuch)
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /use standard input/)
  assert.equal(await stopped(server), 0)
  assert.equal((await readFile(join(data, 'logs', 'diary', 'key'))).length, 83)
})

test('whoever is at work when serving ends is told how far it came, and may be interrupted alone', async () => {
  const data = join(root, 'ends')
  await makeLog(data)
  const server = await startServing('log', data, 'diary')
  const interrupted = startHamlet('log', 'append', 'diary', '--lines', '--data', data)
  interrupted.child.stdin!.write('one\ntwo\n')
  const length = async (): Promise<unknown> =>
    (await cliJson(data, ['log', 'info', 'diary']))['length']
  await until(async () => (await length()) === 2)
  assert.equal(await stopped(interrupted), 1)
  assert.match(interrupted.told(), /2 blocks before that are in the log/)
  const left = startHamlet('log', 'append', 'diary', '--lines', '--data', data)
  left.child.stdin!.write('three\n')
  await until(async () => (await length()) === 3)
  assert.equal(await stopped(server), 0)
  assert.equal(await left.ended, 1)
  assert.match(left.told(), /1 block before that is in the log/)
  assert.deepEqual(await linesIn(data, 'diary'), ['one', 'two', 'three'])
})

function said(...messages: readonly CallerMessage[]): Uint8Array {
  return encodeFrames(messages.map(encodeCallerMessage))
}

function messagesIn(bytes: Uint8Array): readonly HolderMessage[] {
  const frames = new FrameDecoder().push(bytes)
  assert.ok(frames.ok)
  return frames.value.map((frame) => {
    const message = decodeHolderMessage(frame)
    assert.ok(message.ok)
    return message.value
  })
}

function textOf(messages: readonly HolderMessage[], type: 'out' | 'err'): string {
  return messages
    .map((message) => (message.type === type ? new TextDecoder().decode(message.bytes) : ''))
    .join('')
}
