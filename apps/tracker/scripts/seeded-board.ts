/**
 * Fills a tracker's database as a large group would have: `fillBoard(data, SIZES.large)` makes 10,000 peers of some 4,000
 * people with 100,000 files, who holds them, who gave whom how much, and a month of throughput.
 *
 * Everything follows from a seed, so two fillings are equal. Sums are those a tracker keeps: what a peer gave is the sum of
 * its pairs, and a swarm counts its holdings. It is written past the checks of the tracker, since 100,000 signatures
 * would take minutes and show nothing here.
 */

import { createHash } from 'node:crypto'

import type { Sql } from '../src/data/sql.ts'
import type {
  ActivityTable,
  FraudTable,
  HoldingTable,
  PairTable,
  PeerTable,
  ReceiptTable,
  SwarmTable,
  SwarmWordTable,
  TrackerTables,
} from '../src/data/schema.ts'
import { ACTIVITIES } from '../src/data/schema.ts'
import { makeFrauds, signerOf } from './seeded-frauds.ts'

export interface BoardSizes {
  readonly people: number
  readonly peers: number
  readonly swarms: number
  readonly pairs: number
  readonly days: number
}

export const SIZES = {
  small: { people: 5, peers: 8, swarms: 60, pairs: 18, days: 1 },
  middle: { people: 150, peers: 300, swarms: 2000, pairs: 900, days: 2 },
  large: { people: 4000, peers: 10_000, swarms: 100_000, pairs: 60_000, days: 30 },
} as const satisfies Readonly<Record<string, BoardSizes>>

const ROWS_A_STATEMENT = 500
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const CHUNK_BYTES = 262_144
const RECEIPT_BYTES = 340
const GROUP = '5e'.repeat(32)
const SUBJECTS =
  'holiday garden concert birthday kitchen winter summer harbour market wedding hiking school'.split(
    ' ',
  )
const KINDS = 'photos video recordings scans book map slides archive'.split(' ')
const ENDINGS = ['zip', 'mp4', 'flac', 'pdf', 'epub', 'png', 'odp', 'tar']

interface Filled {
  readonly peers: readonly Draft<PeerTable>[]
  readonly pairs: readonly PairTable[]
  readonly swarms: readonly Draft<SwarmTable>[]
  readonly words: readonly SwarmWordTable[]
  readonly holdings: readonly HoldingTable[]
  readonly activity: readonly ActivityTable[]
  readonly receipts: readonly ReceiptTable[]
  readonly frauds: readonly FraudTable[]
}
type Draft<Row> = { -readonly [Key in keyof Row]: Row[Key] }

/** What was written, newest at `nowMs`. The database is taken to be empty. */
export async function fillBoard(
  data: Sql,
  sizes: BoardSizes,
  nowMs: number,
  seed = 1,
): Promise<Filled> {
  const filled = makeBoard(sizes, nowMs, seed)
  await insert(data, 'peers', filled.peers)
  await insert(data, 'pairs', filled.pairs)
  await insert(data, 'swarms', filled.swarms)
  await insert(data, 'swarm_words', filled.words)
  await insert(data, 'holdings', filled.holdings)
  await insert(data, 'activity', filled.activity)
  await insert(data, 'receipts', filled.receipts)
  await insert(data, 'frauds', filled.frauds)
  return filled
}

export function makeBoard(sizes: BoardSizes, nowMs: number, seed: number): Filled {
  const random = createRandom(seed)
  const peers = makePeers(sizes, nowMs, random)
  const pairs = makePairs(sizes, peers, nowMs, random)
  const { swarms, words } = makeSwarms(sizes, nowMs, random)
  const holdings = makeHoldings(swarms, peers, nowMs, random)
  return {
    ...{ peers, pairs, swarms, words, holdings },
    activity: makeActivity(sizes, nowMs, random),
    receipts: pairs.map(toReceipt),
    frauds: makeFrauds(peers, nowMs),
  }
}

function makePeers(sizes: BoardSizes, nowMs: number, random: Random): readonly Draft<PeerTable>[] {
  return Array.from({ length: sizes.peers }, (_, index) => ({
    id: signerOf(index)?.id ?? idOf('peer', index),
    account_id: null,
    person: idOf('person', index % sizes.people),
    address: null,
    reputation: 0.5,
    uploaded_bytes: 0,
    downloaded_bytes: 0,
    fraud_count: 0,
    created_at_ms: nowMs - Math.floor(random() * 400) * DAY_MS,
    seen_at_ms: nowMs - Math.floor(random() ** 4 * 20 * DAY_MS),
  }))
}

/** A few give much: who is drawn follows the square of an even draw. */
function makePairs(
  sizes: BoardSizes,
  peers: readonly Draft<PeerTable>[],
  nowMs: number,
  random: Random,
): readonly PairTable[] {
  const pairs = new Map<string, PairTable>()
  for (let tries = 0; pairs.size < sizes.pairs && tries < sizes.pairs * 3; tries++) {
    const payee = peers[Math.floor(random() ** 2 * peers.length)]!
    const payer = peers[Math.floor(random() * peers.length)]!
    const key = `${payer.id}${payee.id}`
    if (payer.person === payee.person || pairs.has(key)) continue
    const bytes = Math.floor((random() ** 3 * 40 + 0.01) * 1e9)
    payee.uploaded_bytes += bytes
    payer.downloaded_bytes += bytes
    pairs.set(key, {
      group_id: GROUP,
      payer: payer.id,
      payee: payee.id,
      payer_person: payer.person!,
      payee_person: payee.person!,
      receipt_id: idOf('receipt', pairs.size),
      seq: 1 + Math.floor(random() * 500),
      total_bytes: bytes,
      updated_at_ms: nowMs - Math.floor(random() * 30 * DAY_MS),
    })
  }
  return [...pairs.values()]
}

/** The latest of each pair; its bytes are as long as a receipt's, and no receipt. */
function toReceipt(pair: PairTable, index: number): ReceiptTable {
  const { group_id, payer, payee, payer_person, payee_person, seq, total_bytes } = pair
  return {
    ...{ group_id, payer, payee, payer_person, payee_person, seq, total_bytes },
    id: pair.receipt_id,
    number: index + 1,
    swarm: idOf('swarm', index),
    piece_count: Math.ceil(total_bytes / CHUNK_BYTES),
    window_start_ms: pair.updated_at_ms - MINUTE_MS,
    window_end_ms: pair.updated_at_ms,
    bytes: new Uint8Array(RECEIPT_BYTES),
    mirrored_at_ms: pair.updated_at_ms,
  }
}

function makeSwarms(sizes: BoardSizes, nowMs: number, random: Random) {
  const swarms: Draft<SwarmTable>[] = []
  const words: SwarmWordTable[] = []
  for (let index = 0; index < sizes.swarms; index++) {
    const topic = idOf('topic', index)
    const kind = Math.floor(random() * KINDS.length)
    const subject = SUBJECTS[Math.floor(random() * SUBJECTS.length)]!
    const name = `${subject}-${KINDS[kind]}-${index}.${ENDINGS[kind]}`
    const isPublic = random() < 0.85
    const size = Math.floor((random() ** 6 * 3000 + 0.02) * 1e6)
    swarms.push({
      topic,
      handle: idOf('handle', index).slice(0, 32),
      name: isPublic ? name : null,
      description: isPublic ? `${subject}, number ${index}` : null,
      link: null,
      size_bytes: size,
      chunk_count: Math.ceil(size / CHUNK_BYTES),
      peer_count: 0,
      seed_count: 0,
      created_at_ms: nowMs - Math.floor(random() * 300 * DAY_MS),
      seen_at_ms: nowMs - Math.floor(random() ** 3 * DAY_MS),
    })
    if (!isPublic) continue
    const all = new Set([subject, KINDS[kind]!, ENDINGS[kind]!, String(index), 'number'])
    words.push(...[...all].map((word) => ({ word, topic })))
  }
  return { swarms, words }
}

/** Most files have a few holders, some hundreds. */
function makeHoldings(
  swarms: readonly Draft<SwarmTable>[],
  peers: readonly Draft<PeerTable>[],
  nowMs: number,
  random: Random,
): readonly HoldingTable[] {
  const holdings: HoldingTable[] = []
  for (const swarm of swarms) {
    const count = Math.min(
      peers.length,
      1 + Math.floor(random() ** 150 * 400) + (random() < 0.5 ? 1 : 0),
    )
    const first = Math.floor(random() * peers.length)
    for (let index = 0; index < count; index++) {
      const isComplete = random() < 0.6
      const share = isComplete ? 1 : random()
      swarm.peer_count += 1
      swarm.seed_count += isComplete ? 1 : 0
      holdings.push({
        topic: swarm.topic,
        peer_id: peers[(first + index) % peers.length]!.id,
        held_bytes: Math.floor(swarm.size_bytes * share),
        is_complete: isComplete ? 1 : 0,
        chunks: isComplete ? null : makeBits(swarm.chunk_count, share, random),
        addresses: '[]',
        announced_at_ms: nowMs - Math.floor(random() * 600_000),
        expires_at_ms: nowMs + 1_200_000,
      })
    }
  }
  return holdings
}

/** A run of chunks and some scattered ones, as a download leaves them. */
function makeBits(chunkCount: number, share: number, random: Random): Uint8Array {
  const bits = new Uint8Array(Math.ceil(chunkCount / 8))
  const first = Math.floor(random() * chunkCount)
  const run = Math.floor(chunkCount * share * 0.7)
  for (let index = 0; index < Math.max(1, run); index++) setBit(bits, (first + index) % chunkCount)
  for (let index = 0; index < chunkCount * share * 0.3; index++) {
    setBit(bits, Math.floor(random() * chunkCount))
  }
  return bits
}

function setBit(bits: Uint8Array, chunk: number): void {
  bits[chunk >> 3]! |= 0x80 >> (chunk & 7)
}

/** Days and nights, with peaks now and then. */
function makeActivity(sizes: BoardSizes, nowMs: number, random: Random): readonly ActivityTable[] {
  const rows: ActivityTable[] = []
  const endMs = nowMs - (nowMs % MINUTE_MS)
  for (let minute = 0; minute < sizes.days * 1440; minute++) {
    const atMs = endMs - minute * MINUTE_MS
    const daytime = 0.55 - 0.45 * Math.cos((2 * Math.PI * ((atMs / DAY_MS) % 1)) as number)
    const busy = daytime * sizes.people * (0.6 + random() * 0.5 + (random() < 0.02 ? 2 : 0))
    const values = [busy * 2e6, busy / 2, busy * 1.5, busy * 2, busy / 30].map(Math.floor)
    rows.push(
      ...ACTIVITIES.map((name, index) => ({ minute_ms: atMs, name, value: values[index]! })),
    )
  }
  return rows
}

type TableName = keyof Pick<
  TrackerTables,
  'peers' | 'pairs' | 'swarms' | 'swarm_words' | 'holdings' | 'activity' | 'receipts' | 'frauds'
>

async function insert(data: Sql, table: TableName, rows: readonly object[]): Promise<void> {
  await data.write(async (transaction) => {
    for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
      const some = rows.slice(at, at + ROWS_A_STATEMENT)
      await transaction
        .insertInto(table)
        .values(some as never)
        .execute()
    }
  })
}

function idOf(kind: string, index: number): string {
  return createHash('sha256').update(`${kind} ${index}`).digest('hex')
}

type Random = () => number

/** mulberry32: even enough to fill tables. */
function createRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
