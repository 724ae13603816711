/** Targets of the apps: the command line, the files a running peer leaves, and what the web app reads. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run as runCommand } from '@hamlet/cli'
import { bytesToBase64Url, equalBytes, utf8 } from '@hamlet/core'
import { readTokenFile } from '@hamlet/http/local'
import { bytesToText, judgeRejecting, judgeThrowing, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { parseClientFile } from '../../../apps/cli/src/client-file.ts'
import { readPeerFile } from '../../../apps/cli/src/data-directory.ts'
import { CliError } from '../../../apps/cli/src/errors.ts'
import {
  decodeCallerMessage,
  decodeHolderMessage,
  encodeCallerMessage,
  encodeHolderMessage,
} from '../../../apps/cli/src/held/command-message.ts'
import type { Io } from '../../../apps/cli/src/io.ts'
import { processFiles } from '../../../apps/cli/src/process-io.ts'
import {
  parseCount,
  parseDuration,
  parseHostPort,
  parseIndex,
  printable,
  printableLines,
  table,
  widthOf,
} from '../../../apps/cli/src/text.ts'
import { parseOperation, readOperations } from '../../../apps/cli/src/trie-batch.ts'
import { LocalNotes } from '../../../apps/web/src/state/local-notes.ts'
import { parseErrand, parseRoute, routeToFragment } from '../../../apps/web/src/state/route.ts'
import { filled, filledId, NOW_MS, texts } from '../_material.ts'

const CLI = 'apps/cli/src'
const id = (byte: number): string => filledId(byte)
const WEB = 'apps/web/src'
const USAGE = /^USAGE$/
const UNSAFE = /(?!\n)[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

const clientFiles: FuzzTarget = {
  name: 'apps/client-file',
  decoders: [`${CLI}/client-file.ts#parseClientFile`],
  form: 'json',
  seeds: texts(
    JSON.stringify({
      ...{ publicKey: id(1), label: 'Till', person: id(2), device: id(3) },
      ...{ certificate: 'iAFY', expiresAtMs: NOW_MS },
    }),
  ),
  words: texts('null', '[]', '"publicKey":', '__proto__'),
  run: (input) =>
    judgeThrowing(
      () => parseClientFile(bytesToText(input)),
      /^FILE_FAILED$/,
      ({ person, device, publicKey, certificate }) => {
        require([person, device, publicKey].every((hex) => /^[0-9a-f]{64,130}$/.test(hex)), 'no id')
        require(certificate.length < input.length, 'more than there was')
      },
    ),
}

const numbers: FuzzTarget = {
  name: 'apps/arguments',
  decoders: [
    `${CLI}/text.ts#parseDuration`,
    `${CLI}/text.ts#parseCount`,
    `${CLI}/text.ts#parseHostPort`,
    `${CLI}/text.ts#parseIndex`,
  ],
  form: 'text',
  seeds: texts('30m', '7d', '500', '127.0.0.1:7710', '[::1]:80', 'localhost:65535'),
  run(input) {
    const text = bytesToText(input)
    const verdicts = [
      judgeThrowing(
        () => parseDuration(text),
        USAGE,
        (seconds) => require(Number.isSafeInteger(seconds) && seconds > 0, 'no duration'),
      ),
      judgeThrowing(
        () => parseCount(text, 500),
        USAGE,
        (count) => require(Number.isInteger(count) && count > 0 && count <= 500, 'no count'),
      ),
      judgeThrowing(
        () => parseIndex(text),
        USAGE,
        (index) => require(Number.isSafeInteger(index) && String(index) === text, 'no number'),
      ),
      judgeThrowing(
        () => parseHostPort(text),
        USAGE,
        ({ host, port }) =>
          require(host !== '' && Number.isInteger(port) && port < 65_536, 'no place'),
      ),
    ]
    return verdicts.includes('accepted') ? 'accepted' : 'refused'
  },
}

const shown: FuzzTarget = {
  name: 'apps/printable',
  decoders: [
    `${CLI}/text.ts#printable`,
    `${CLI}/text.ts#printableLines`,
    `${CLI}/text.ts#widthOf`,
    `${CLI}/text.ts#table`,
  ],
  form: 'text',
  seeds: texts('Ada', '\u001b[2J\u001b]0;title\u0007', '\u202egnp.exe', '家族 👨‍👩‍👧', 'a\nb\r\nc'),
  run(input) {
    const text = bytesToText(input)
    const line = printable(text)
    require(!UNSAFE.test(line) && !line.includes('\n'), 'a line that moves the cursor')
    require(!UNSAFE.test(printableLines(text)), 'lines that move the cursor')
    require(widthOf(line) <= 2 * line.length, 'wider than it can be')
    require(table(['A', 'B'], [[line, line]], false).split('\n').length === 3, 'a row of two lines')
    return 'accepted'
  },
}

const neverUp = {
  runPeer: () => Promise.reject(new CliError('PEER_NOT_RUNNING', 'not here')),
  buildWebApp: () => Promise.reject(new CliError('PEER_NOT_RUNNING', 'not here')),
  openBrowser: () => {},
}
const COMMANDS = [
  'send',
  'messages',
  'message',
  'edit',
  'delete',
  'react',
  'export',
  'space',
  'invite',
  'join',
  'joins',
  'requests',
  'approve',
  'decline',
  'follow',
  'status',
  'peers',
  'members',
  'up',
  'name',
  'rooms',
  'room',
  '--help',
  '--version',
  '--json',
  '--room',
  '--limit',
  '-',
  '--',
  'create',
  'log',
  'append',
  'get',
  'info',
  'audit',
  'verify',
  'prove',
  'check',
  '--lines',
  '--chunks',
]

const directory = mkdtempSync(join(tmpdir(), 'hamlet-fuzz-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
mkdirSync(join(directory, 'run'), { mode: 0o700 })

/** An input is a command line, one argument a line, with no peer to speak to. */
const commands: FuzzTarget = {
  name: 'apps/command-line',
  decoders: [`${CLI}/run.ts#run`],
  form: 'text',
  seeds: texts(
    'space\ncreate\nHome',
    'send\nHome\nMilk is out\n--json',
    'log\nappend\ndiary\nfirst\nsecond',
    'log\nget\ndiary\n0\n1\n--json',
    'join\nhamlet:join#x\n--name\nBen',
    '--help',
  ),
  words: texts(...COMMANDS.map((word) => `\n${word}\n`)),
  smokeInputs: 200,
  async run(input): Promise<FuzzVerdict> {
    const argv = bytesToText(input)
      .split('\n')
      .filter((word) => !word.includes('/'))
    // What is told a place to write to has to be told one of ours.
    if (argv.some((word) => /^(?:publish|--da)/.test(word))) return 'refused'
    let written = ''
    const write = (data: string | Uint8Array): void => void (written += String(data))
    const io: Io = {
      stdout: { write, isTerminal: false },
      stderr: { write, isTerminal: false },
      readStdin: () => Promise.resolve(''),
      async *stdinBytes() {
        yield input
      },
      files: processFiles(),
      env: { HAMLET_DATA: join(directory, 'logs') },
      homeDirectory: '/nowhere/home',
      platform: 'linux',
      nowMs: () => NOW_MS,
      signal: AbortSignal.abort(),
    }
    const code = await runCommand(argv, io, neverUp as never)
    require(code === 0 || code === 1 || code === 2, `exit code ${code}`)
    require(!/INTERNAL|undefined is not|Cannot read prop/.test(
      written,
    ), `a slip: ${written.slice(0, 200)}`)
    return 'accepted'
  },
}

const peerFiles: FuzzTarget = {
  name: 'apps/peer-file',
  decoders: [`${CLI}/data-directory.ts#readPeerFile`],
  form: 'json',
  seeds: texts(
    '{"http":"http://127.0.0.1:7710","socket":"/s","pid":1,"peer":"p","addresses":[],"startedAtMs":0}',
  ),
  smokeInputs: 300,
  async run(input) {
    writeFileSync(join(directory, 'run', 'peer.json'), input)
    const file = await readPeerFile(directory)
    if (file === undefined) return 'refused'
    require(typeof file.http === 'string' && typeof file.socket === 'string', 'no place to call')
    return 'accepted'
  },
}

const token = utf8(`${bytesToBase64Url(filled(3))}\n`)

const tokenFiles: FuzzTarget = {
  name: 'apps/token-file',
  decoders: ['packages/gateways/http/src/node/token-file.ts#readTokenFile'],
  form: 'text',
  seeds: [token],
  smokeInputs: 300,
  run(input) {
    const path = join(directory, 'run', 'token')
    writeFileSync(path, input, { mode: 0o600 })
    return judgeRejecting(
      () => readTokenFile(path),
      /^HTTP_/,
      (read) => require(/^[A-Za-z0-9_-]{43}$/.test(read), 'no token'),
    )
  },
}

const commandStart = {
  argv: ['log', 'append', 'diary', 'a block', '--json'],
  directory: '/data/anna',
  noColour: '1',
  terminal: undefined,
  isOutTerminal: true,
  isErrTerminal: false,
}

/** What a command and the process that holds its log say to each other. */
const commandMessages: FuzzTarget = {
  name: 'apps/command-message',
  decoders: [
    `${CLI}/held/command-message.ts#decodeCallerMessage`,
    `${CLI}/held/command-message.ts#decodeHolderMessage`,
  ],
  form: 'bytes',
  seeds: [
    encodeCallerMessage({ type: 'start', start: commandStart }),
    encodeCallerMessage({ type: 'start', start: { ...commandStart, argv: [], noColour: '' } }),
    encodeCallerMessage({ type: 'data', bytes: filled(7) }),
    encodeCallerMessage({ type: 'end' }),
    encodeCallerMessage({ type: 'size', sizeBytes: 70_000 }),
    encodeCallerMessage({ type: 'size', sizeBytes: undefined }),
    encodeCallerMessage({ type: 'failed', reason: 'ENOENT: no such file' }),
    encodeCallerMessage({ type: 'stop' }),
    encodeHolderMessage({ type: 'out', bytes: utf8('Appended 1 block\n') }),
    encodeHolderMessage({ type: 'err', bytes: utf8('hamlet: no\n') }),
    encodeHolderMessage({ type: 'open', path: '-' }),
    encodeHolderMessage({ type: 'more' }),
    encodeHolderMessage({ type: 'measure', path: 'photo.jpg' }),
    encodeHolderMessage({ type: 'done', code: 1 }),
  ],
  run(input) {
    const caller = decodeCallerMessage(input)
    const holder = decodeHolderMessage(input)
    require(!caller.ok || !holder.ok, 'a message of both sides')
    if (caller.ok) require(equalBytes(encodeCallerMessage(caller.value), input), 'other bytes')
    if (holder.ok) require(equalBytes(encodeHolderMessage(holder.value), input), 'other bytes')
    return caller.ok || holder.ok ? 'accepted' : 'refused'
  },
}

const routes: FuzzTarget = {
  name: 'apps/web-route',
  decoders: [`${WEB}/state/route.ts#parseRoute`, `${WEB}/state/route.ts#parseErrand`],
  form: 'text',
  seeds: texts(
    '#/',
    `#/s/${id(1)}`,
    `#/s/${id(1)}/people`,
    `#/s/${id(1)}/search`,
    `#/s/${id(1)}/r/${id(2)}/${id(3)}`,
    '#login=abc',
    '#join=payload',
  ),
  words: texts('#', '/', '/s/', '/r/', '=', 'login', 'join', '%23'),
  run(input) {
    const fragment = bytesToText(input)
    const route = parseRoute(fragment)
    const again = parseRoute(routeToFragment(route))
    require(JSON.stringify(again) === JSON.stringify(route), 'a route that leads elsewhere')
    const errand = parseErrand(fragment)
    if (errand?.kind === 'join') require(errand.payload.length <= 8192, 'a payload too long')
    if (errand?.kind === 'login') require(errand.code.length <= 512, 'a code too long')
    return 'accepted'
  },
}

/** An input is what the browser's storage holds for every key. */
const notes: FuzzTarget = {
  name: 'apps/web-notes',
  decoders: [`${WEB}/state/local-notes.ts#unsent`, `${WEB}/state/local-notes.ts#seenLate`],
  form: 'json',
  seeds: texts('["not sent", "nor this"]', '[]', `"${id(1)} ${id(2)}"`),
  run(input) {
    const text = bytesToText(input)
    const storage = { getItem: () => text, setItem: () => {}, removeItem: () => {} }
    const kept = new LocalNotes(storage)
    const unsent = kept.unsent('room')
    require(unsent.every((each) => typeof each === 'string'), 'an unsent text that is none')
    require(kept.draft('room') === text, 'another draft')
    kept.addSeenLate('room', [filledId(3)])
    require(kept.seenLate('room').size <= 300, 'too many late messages')
    return 'accepted'
  },
}

const batches: FuzzTarget = {
  name: 'apps/trie-batch',
  decoders: [`${CLI}/trie-batch.ts#parseOperation`, `${CLI}/trie-batch.ts#readOperations`],
  form: 'text',
  seeds: texts(
    'put\ta\tb\ndel\ta',
    '{"type":"put","key":"a/b","value":"c","ifVersion":3,"version":7}',
    '{"keyBase64":"/w==","valueBase64":"/g=="}',
    '{"type":"del","key":"a"}',
  ),
  run(input) {
    const lines = bytesToText(input).split('\n').map(utf8)
    return judgeRejecting(
      () => readOperations(asyncOf(lines), () => undefined),
      USAGE,
      (operations) => {
        const said = lines.filter((line) => line.length > 0)
        require(operations.length === said.length, 'a line that got lost')
        for (const line of said) require(typeof parseOperation(line) === 'object', 'two verdicts')
        for (const { key } of operations) require(key instanceof Uint8Array, 'a key of no bytes')
      },
    )
  },
}

async function* asyncOf<T>(values: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* values
}

export const targets: readonly FuzzTarget[] = [
  batches,
  numbers,
  shown,
  commands,
  peerFiles,
  tokenFiles,
  commandMessages,
  clientFiles,
  routes,
  notes,
]
