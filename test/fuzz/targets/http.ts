/** Targets of the HTTP gateway: what a client reads, and every route with every kind of body, path and query. */

import { bytesToBase64, decodeUtf8, utf8 } from '@hamlet/core'
import { createHttpClient } from '@hamlet/http/client'
import type { ExpenseInput } from '@hamlet/http/api'
import type { FetchFunction } from '@hamlet/http/client'
import { judgeRejecting, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { parseByteRange } from '../../../packages/gateways/http/src/byte-range.ts'
import { readLines } from '../../../packages/gateways/http/src/line-reader.ts'
import { createTestApp } from '../../../packages/gateways/http/test/_app.ts'
import type { TestApp } from '../../../packages/gateways/http/test/_app.ts'
import { filledId, texts } from '../_material.ts'

const SOURCE = 'packages/gateways/http/src'
const CLIENT_CODES = /^[A-Z][A-Z0-9_]*$/
const LINE_LENGTH_MAX = 100

/** The first byte says in pieces of what size the rest arrives. */
function streamOf(input: Uint8Array, onEnd: () => void = () => {}): ReadableStream<Uint8Array> {
  const pieceBytes = Math.max(1, input[0] ?? 1)
  let at = 1
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= input.length) {
        onEnd()
        controller.close()
        return
      }
      controller.enqueue(input.slice(at, at + pieceBytes))
      at += pieceBytes
    },
    cancel: onEnd,
  })
}

async function collect(source: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = []
  for await (const line of source) collected.push(line)
  return collected
}

const lines: FuzzTarget = {
  name: 'http/lines',
  decoders: [`${SOURCE}/line-reader.ts#readLines`],
  form: 'bytes',
  seeds: texts('\u0003one\ntwo\r\n\nthree', '\u0050é\n😀\n'),
  words: texts('\n', '\r\n', '\n\n'),
  smokeInputs: 1000,
  run: (input) =>
    judgeRejecting(
      () => collect(readLines(streamOf(input), LINE_LENGTH_MAX)),
      /^BAD_REPLY$/,
      (read) => {
        const whole = new TextDecoder().decode(input.subarray(1)).split('\n')
        if (whole.at(-1) === '') whole.pop()
        const expected = whole.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
        if (!whole.at(-1)?.endsWith('\r')) {
          require(read.join('\n') === expected.join('\n'), 'other lines')
        }
        require(!read.some((line) => line.includes('\n')), 'a line of two lines')
      },
    ),
}

const events: FuzzTarget = {
  name: 'http/events',
  decoders: [`${SOURCE}/client.ts#events`, `${SOURCE}/client.ts#parseJson`],
  form: 'text',
  seeds: texts(
    '\u0020data: {"type":"resync"}\n\n:\n\ndata: {"type":"messages","space":"a"}\n\n',
    '\u0002data:{"type":\ndata: "peers"}\n\n',
  ),
  words: texts('data: ', 'data:', '\n', '\n\n', ':', '{}', 'event: x\n', 'id: 1\n', '\r\n'),
  smokeInputs: 500,
  async run(input) {
    const abort = new AbortController()
    const fetch: FetchFunction = async () => new Response(streamOf(input, () => abort.abort()))
    const client = createHttpClient({ baseUrl: 'http://127.0.0.1:1', token: 't', fetch })
    let count = 0
    const verdict = await judgeRejecting(
      async () => {
        for await (const event of client.events({ signal: abort.signal })) {
          require(event !== undefined, 'an event that is none')
          count++
        }
      },
      CLIENT_CODES,
      () => {},
    )
    return count > 0 ? 'accepted' : verdict === 'accepted' ? 'refused' : verdict
  },
}

function decodeLoosely(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

const STATUSES = [200, 201, 400, 401, 403, 404, 409, 413, 500, 503, 507]

/** The first byte chooses the status, the rest is the body. */
const replies: FuzzTarget = {
  name: 'http/reply',
  decoders: [
    `${SOURCE}/client.ts#responseToError`,
    `${SOURCE}/client.ts#parseErrorReply`,
    `${SOURCE}/client.ts#readText`,
    `${SOURCE}/client.ts#exportMessages`,
    `${SOURCE}/piece-reader.ts#readPieces`,
  ],
  form: 'json',
  seeds: [
    '\u0000[]',
    '\u0003{"error":{"code":"UNAUTHORIZED","message":"no","fields":{"a":1}}}',
  ].map(utf8),
  smokeInputs: 500,
  async run(input) {
    const status = STATUSES[(input[0] ?? 0) % STATUSES.length]!
    const body = input.slice(1)
    const fetch: FetchFunction = async () => new Response(body, { status })
    const client = createHttpClient({ baseUrl: 'http://127.0.0.1:1/', token: 't', fetch })
    const isError = status >= 400
    const verdict = await judgeRejecting(
      () => client.spaces(),
      CLIENT_CODES,
      () => require(!isError, 'an error taken for a reply'),
    )
    const exported = await judgeRejecting(
      () => collect(client.exportMessages(filledId(1))),
      CLIENT_CODES,
      (read) => require(read.join('\n').length <= body.length, 'more lines than came'),
    )
    require(!isError || exported === 'refused', 'an error taken for an export')
    const file = await judgeRejecting(
      () => collect(client.exportLedger(filledId(1), 'json')),
      CLIENT_CODES,
      (read) => require(read.join('') === decodeLoosely(body), 'another file than came'),
    )
    require(!isError || file === 'refused', 'an error taken for a file')
    return isError && decodeUtf8(body)?.startsWith('{"error":{"code":"U') === true
      ? 'accepted'
      : verdict
  },
}

interface Call {
  readonly method?: unknown
  readonly path?: unknown
  readonly body?: unknown
}

const SPACE = '<space>'
const ID = '0'.repeat(64)

function call(method: string, path: string, body?: object): Uint8Array {
  return utf8(JSON.stringify(body === undefined ? { method, path } : { method, path, body }))
}

const CALLS = [
  call('GET', '/status'),
  call('PUT', '/name', { name: 'Ada' }),
  call('GET', '/recovery-words'),
  call('GET', '/peers'),
  call('GET', '/spaces'),
  call('POST', '/spaces', { name: 'Home' }),
  call('GET', `/spaces/${SPACE}`),
  call('GET', `/spaces/${SPACE}/members`),
  call('GET', `/spaces/${SPACE}/inspection`),
  call('POST', `/spaces/${SPACE}/invites`, {
    role: 'reader',
    mode: 'auto',
    expiresInSeconds: 60,
    maxUses: 2,
  }),
  call('GET', `/spaces/${SPACE}/invites`),
  call('DELETE', `/spaces/${SPACE}/invites/${ID}`),
  call('POST', '/invitations/preview', { link: 'hamlet:join#x' }),
  call('POST', '/joins', { link: 'hamlet:join#x', name: 'Ben' }),
  call('GET', '/joins'),
  call('DELETE', `/joins/${SPACE}`),
  call('GET', `/spaces/${SPACE}/requests`),
  call('POST', `/spaces/${SPACE}/requests/${ID}/approve`, {}),
  call('GET', `/spaces/${SPACE}/rooms`),
  call('POST', `/spaces/${SPACE}/rooms`, { name: 'Büro' }),
  call('GET', `/spaces/${SPACE}/messages?limit=10&search=milk&room=${ID}`),
  call('POST', `/spaces/${SPACE}/messages`, { text: 'hello', room: ID, replyTo: ID }),
  call('PUT', `/spaces/${SPACE}/messages/${ID}`, { text: 'again' }),
  call('PUT', `/spaces/${SPACE}/messages/${ID}/reactions/%F0%9F%91%8D`, {}),
  call('POST', `/spaces/${SPACE}/rooms/${ID}/read`, { message: ID }),
  call('GET', `/spaces/${SPACE}/export`),
  call('GET', '/events'),
  call('POST', '/session', { code: 'x' }),
  call('DELETE', '/session', {}),
  call('POST', '/login-codes', {}),
  call('GET', '/refused-peers'),
  call('DELETE', `/refused-peers/${ID}`),
  call('POST', `/spaces/${SPACE}/requests/${ID}/decline`, {}),
  call('GET', `/spaces/${SPACE}/messages/${ID}`),
  call('DELETE', `/spaces/${SPACE}/messages/${ID}`),
  call('DELETE', `/spaces/${SPACE}/messages/${ID}/reactions/%F0%9F%91%8D`),
  call('GET', '/devices'),
  call('PUT', '/device-name', { name: 'laptop' }),
  call('POST', `/devices/${ID}/revoke`, { words: 'abandon' }),
  call('POST', `/devices/${ID}/reset`, { words: 'abandon' }),
  call('POST', '/spaces/<space>/write-anyway', {}),
  call('GET', `/spaces/${SPACE}/publication`),
  call('PUT', `/spaces/${SPACE}/publication`, { topic: 'gardens', description: 'Seeds' }),
  call('DELETE', `/spaces/${SPACE}/publication`),
  call('GET', '/discovered-spaces?topic=gardens'),
  call('GET', '/clients'),
  call('POST', '/clients', { publicKey: ID, label: 'Bookkeeping', expiresAtMs: 1 }),
  call('POST', `/clients/${ID}/revoke`, {}),
  call('POST', '/operations', { certificate: 'AAAA', operation: 'e30=', signature: 'AAAA' }),
  call('GET', `/spaces/${SPACE}/operations?limit=2&before=00/${ID}`),
  call('GET', '/device-link'),
  call('POST', '/device-link', {}),
  call('PUT', '/device-link', { code: 'hamlet:link#x' }),
  call('POST', '/device-link/confirm', {}),
  call('DELETE', '/device-link'),
  call('GET', '/recovery'),
  call('POST', '/recovery', { words: 'abandon', addresses: ['/ip4/127.0.0.1/tcp/1'] }),
  call('DELETE', '/recovery'),
  call('GET', `/spaces/${SPACE}/former-members`),
  call('GET', `/spaces/${SPACE}/membership-log`),
  call('PUT', `/spaces/${SPACE}/members/${ID}/role`, { role: 'reader' }),
  call('GET', `/spaces/${SPACE}/members/${ID}/removal`),
  call('DELETE', `/spaces/${SPACE}/members/${ID}`),
  call('PUT', `/spaces/${SPACE}/owner`, { person: ID }),
  call('GET', `/spaces/${SPACE}/owner-votes`),
  call('PUT', `/spaces/${SPACE}/owner-votes`, { person: ID }),
  call('GET', `/spaces/${SPACE}/set-aside`),
  call('POST', `/spaces/${SPACE}/set-aside/adopt`, { ids: [ID] }),
  call('GET', `/spaces/${SPACE}/policies`),
  call('PUT', `/spaces/${SPACE}/policies/history`, { value: 'from-join' }),
  call('POST', `/spaces/${SPACE}/leave`, {}),
  call('GET', `/spaces/${SPACE}/forget`),
  call('DELETE', `/spaces/${SPACE}`),
]

const RECORD = '0'.repeat(32)
const EUR = { code: 'EUR', exponent: 2 }
const EXPENSE = {
  title: 'Dinner',
  currency: EUR,
  paid: [{ party: RECORD, amountMinor: 1001 }],
  split: { shares: [{ party: RECORD, weight: 1 }] },
}
const LEDGER = `/spaces/${SPACE}/ledger`
const BILLS = `/spaces/${SPACE}/expenses`
const RULE = { unit: 'month', every: 1, start: '2026-01-31', until: '2026-03-31', count: 3 }
const FILE = {
  contents: bytesToBase64(utf8('Date,Description,Category,Cost,Currency,Ann\n')),
  fileName: 'a.csv',
  currency: EUR,
  group: 'Home',
  weights: [{ name: 'Ann', weight: 2 }],
  payers: [{ line: 2, name: 'Ann' }],
  people: [{ id: RECORD, is: ID }],
}

const LEDGER_CALLS = [
  call('POST', BILLS, { ...EXPENSE, id: RECORD }),
  call('GET', `${BILLS}?search=din&state=all&limit=2&from=2026-01-01&minMinor=1&currency=EUR`),
  call('GET', `${BILLS}/${RECORD}`),
  call('PUT', `${BILLS}/${RECORD}`, {
    amountMinor: 500,
    paid: [{ party: ID, amountMinor: 500 }],
    split: {
      items: [
        { title: 'Pizza', amountMinor: 300, shares: [{ party: ID, weight: 2 }] },
        { title: 'Discount', amountMinor: -50, shares: [{ party: ID, weight: 1 }] },
      ],
      taxMinor: 10,
      tipMinor: 20,
      exact: [{ party: ID, amountMinor: 50 }],
      adjustments: [{ party: RECORD, amountMinor: -20 }],
      percents: [{ party: ID, millionths: 250_000 }],
    },
    category: null,
    tags: ['Lisbon'],
    note: '',
    rate: { to: EUR, numerator: 27, denominator: 25, source: 'typed', asOf: '2026-03-01' },
  }),
  call('DELETE', `${BILLS}/${RECORD}`),
  call('POST', `${BILLS}/${RECORD}/restore`, {}),
  call('POST', `${BILLS}/${RECORD}/resolve`, { version: ID }),
  call('POST', `${BILLS}/${RECORD}/comments`, { text: 'why?' }),
  call('DELETE', `${BILLS}/${RECORD}/comments/${ID}`),
  call('PUT', `${BILLS}/${RECORD}/verdict`, { verdict: 'disputed', note: 'no' }),
  call('GET', `${LEDGER}/parties`),
  call('POST', `${LEDGER}/parties`, { name: 'Cleo' }),
  call('PUT', `${LEDGER}/parties/${RECORD}`, { name: 'Cléo', retired: false, is: null }),
  call('GET', `${LEDGER}/balances?byCouple=true`),
  call('GET', `${LEDGER}/balances/EUR`),
  call('GET', `${LEDGER}/settlement?mode=existing&byCouple=false`),
  call('GET', `${LEDGER}/explanation?from=${ID}&to=${RECORD}`),
  call('GET', `${LEDGER}/rate?from=EUR&to=USD&date=2026-03-01`),
  call('GET', `${LEDGER}/settings`),
  call('PUT', `${LEDGER}/settings`, {
    currency: EUR,
    settleMode: 'pairwise',
    cashStepMinor: 5,
    defaultSplit: [{ party: RECORD, weight: 2 }],
    confirmAboveMinor: 1000,
    archived: false,
  }),
  call('GET', `${LEDGER}/statistics?from=2026-01-01&to=2026-12-31&currency=EUR`),
  call('GET', `${LEDGER}/activity?limit=1&before=x`),
  call('GET', `${LEDGER}/extras`),
  call('POST', `${LEDGER}/categories`, { name: 'Sofas', emoji: '🛋️' }),
  call('PUT', `${LEDGER}/categories/${RECORD}`, { retired: true }),
  call('POST', `${LEDGER}/templates`, { name: 'Rent', expense: EXPENSE }),
  call('PUT', `${LEDGER}/templates/${RECORD}`, { name: 'Rent 2' }),
  call('POST', `${LEDGER}/couples`, { name: 'A & B', members: [ID, RECORD] }),
  call('PUT', `${LEDGER}/couples/${RECORD}`, { retired: true }),
  call('POST', `${LEDGER}/budgets`, { category: null, currency: EUR, amountMinor: 50_000 }),
  call('PUT', `${LEDGER}/budgets/${RECORD}`, { amountMinor: 1 }),
  call('GET', `${LEDGER}/series`),
  call('POST', `${LEDGER}/series`, { expense: EXPENSE, rule: RULE }),
  call('PUT', `${LEDGER}/series/${RECORD}`, { rule: RULE, stopped: true }),
  call('POST', `${LEDGER}/series/due`, {}),
  call('GET', `${LEDGER}/locks`),
  call('POST', `${LEDGER}/locks`, { through: '2026-03-31', note: 'spring' }),
  call('POST', `${LEDGER}/locks/${ID}/sign`, {}),
  call('GET', `${LEDGER}/imports`),
  call('POST', `${LEDGER}/imports/preview`, FILE),
  call('POST', `${LEDGER}/imports`, FILE),
  call('POST', `${LEDGER}/imports/${RECORD}/undo`, {}),
  call('GET', `${LEDGER}/export?format=json`),
]

const SHARE = '5'.repeat(64)
const SHARES = `/shares/${SHARE}`
const FILE_CALLS = [
  call('GET', `/spaces/${SPACE}/shares?removed=true`),
  call('GET', '/shares?removed=false'),
  call('GET', SHARES),
  call('GET', `${SHARES}/file?path=a.txt`),
  call('PUT', `${SHARES}/name`, { name: 'Photos' }),
  call('DELETE', SHARES),
  call('POST', `${SHARES}/restore`, {}),
  call('PUT', `${SHARES}/pin`, { isPinned: true }),
  call('DELETE', `${SHARES}/bytes`),
  call('POST', '/uploads', {
    space: SPACE,
    name: 'Photos',
    isFolder: true,
    isPublic: true,
    trackers: ['https://tracker.example'],
  }),
  call('PUT', `/uploads/${ID}/content?path=a%2Fb.txt`, {}),
  call('POST', `/uploads/${ID}/finish`, {}),
  call('DELETE', `/uploads/${ID}`),
  call('GET', `/shares/${ID}/blobs`),
  call('GET', `/shares/${ID}/blobs/${'ab'.repeat(32)}-5`),
  call('POST', '/share-links', { link: `hamlet:share#${ID}` }),
  call('GET', `${SHARES}/link`),
  call('GET', `${SHARES}/content?path=a.txt&download=true`),
  call('POST', `${SHARES}/tickets`, { path: 'a.txt' }),
  call('POST', `${SHARES}/archive-tickets`, { select: ['a.txt'] }),
  call('GET', `/tickets/${'A'.repeat(43)}?download=false`),
  call('GET', '/transfers'),
  call('POST', `${SHARES}/transfer`, { select: ['a.txt'], priority: 'high' }),
  call('DELETE', `${SHARES}/transfer`),
  call('POST', `${SHARES}/transfer/pause`, {}),
  call('POST', `${SHARES}/transfer/resume`, {}),
  call('PUT', `${SHARES}/transfer/priority`, { path: 'a.txt', priority: 'skip' }),
  call('GET', '/transfer-limits'),
  call('PUT', '/transfer-limits', { downBytesPerSecond: 1, upBytesPerSecond: 0, quotaBytes: 2 }),
  call('GET', '/file-storage'),
  call('GET', '/trackers'),
  call('POST', '/trackers', { url: 'https://tracker.example' }),
  call('DELETE', '/trackers?url=https%3A%2F%2Ftracker.example'),
  call('GET', `/spaces/${SPACE}/standing?person=${ID}`),
  call('GET', `/spaces/${SPACE}/receipts`),
  call('PUT', `/spaces/${SPACE}/prepared-files/content?name=receipt.png`, {}),
  call('POST', `/spaces/${SPACE}/expenses/${RECORD}/files`, { prepared: ID }),
  call('DELETE', `/spaces/${SPACE}/expenses/${RECORD}/files/${RECORD}.${ID}`),
  call('GET', `/spaces/${SPACE}/attachments/${ID}.0/content?download=true`),
  call('POST', `/spaces/${SPACE}/attachments/${RECORD}.${ID}/tickets`, {}),
]
const CALLS_PER_APP = 256

/** Entered before anything else, so that calls about a bill find one. */
export function firstBill(party: string): ExpenseInput {
  const paid = [{ party, amountMinor: 1001 }]
  return { ...EXPENSE, paid, split: { shares: [{ party, weight: 1 }] } }
}

interface AppInUse {
  readonly setup: TestApp
  readonly space: string
  readonly share: string
  calls: number
}

let current: AppInUse | undefined

async function appInUse(): Promise<AppInUse> {
  if (current !== undefined && current.calls++ < CALLS_PER_APP) return current
  const setup = createTestApp()
  const [ana] = setup.world.people
  const { id } = await ana!.createSpace('Household')
  await ana!.addExpense(id, firstBill(ana!.id), RECORD)
  const upload = await ana!.startUpload({ space: id, name: 'Photos', isFolder: true })
  await ana!.putFile(upload.id, 'a.txt', streamOf(utf8('\u0010hello, hello')))
  const share = await ana!.finishUpload(upload.id)
  current = { setup, space: id, share: share.id, calls: 0 }
  return current
}

/** An input is `{ method, path, body }`: never a 5xx, and JSON with a code for every refusal. */
const routes: FuzzTarget = {
  name: 'http/routes',
  decoders: [`${SOURCE}/app.ts#createApiApp`, `${SOURCE}/error-reply.ts#errorToReply`],
  form: 'json',
  seeds: [...CALLS, ...LEDGER_CALLS, ...FILE_CALLS],
  words: texts('__proto__', '%00', '..', SPACE, SHARE, ID, RECORD, '?limit=0'),
  smokeInputs: 300,
  async run(input) {
    const parsed = parseCall(input)
    if (parsed === undefined) return 'refused'
    const { setup, space, share } = await appInUse()
    const target = `/api/v1${parsed.path.replaceAll(SPACE, space).replaceAll(SHARE, share)}`
    const response = await setup.request(parsed.method, target, parsed.body)
    require(response.status < 500, `${parsed.method} gives ${response.status}`)
    await judgeReply(response)
    return 'accepted'
  },
}

function parseCall(input: Uint8Array): { method: string; path: string; body: string } | undefined {
  try {
    const { method, path, body } = JSON.parse(decodeUtf8(input) ?? '') as Call
    if (typeof method !== 'string' || typeof path !== 'string') return undefined
    if (!/^(GET|POST|PUT|DELETE)$/.test(method) || !path.startsWith('/')) return undefined
    return { method, path: path.toWellFormed(), body: JSON.stringify(body ?? {}) }
  } catch {
    return undefined
  }
}

async function judgeReply(response: Response): Promise<void> {
  const type = response.headers.get('content-type') ?? ''
  require(!/html/i.test(type), 'HTML')
  if (type.startsWith('text/event-stream')) return await response.body?.cancel()
  const text = await response.text()
  if (response.ok) return
  const { error } = JSON.parse(text) as { error?: { code?: unknown } }
  require(typeof error?.code === 'string', 'a refusal without a code')
}

const RANGED_BYTES = 1000

/** Whatever a client asks for lies within the file. */
const ranges: FuzzTarget = {
  name: 'http/ranges',
  decoders: [`${SOURCE}/byte-range.ts#parseByteRange`],
  form: 'text',
  seeds: texts('bytes=0-', 'bytes=10-19', 'bytes=-5', 'bytes=999-1000'),
  words: texts(
    'bytes=',
    '-',
    ',',
    '0',
    'bytes=1000-',
    'bytes=-0',
    '9007199254740993',
    'bytes=0-1,3-4',
  ),
  smokeInputs: 1000,
  async run(input) {
    const range = parseByteRange(decodeUtf8(input) ?? '', RANGED_BYTES)
    if (range === undefined || range === 'none') return 'refused'
    const { offset, lengthBytes } = range
    require(Number.isSafeInteger(offset) && offset >= 0, 'no offset')
    require(Number.isSafeInteger(lengthBytes) && lengthBytes >= 1, 'no length')
    require(offset + lengthBytes <= RANGED_BYTES, 'beyond the file')
    return 'accepted'
  },
}

export const targets: readonly FuzzTarget[] = [lines, events, replies, ranges, routes]
