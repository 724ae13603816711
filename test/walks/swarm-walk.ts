/**
 * A folder held by four peers and loaded by a fifth, all of them processes of their own: one of the four lies, one never answers, one is
 * killed in the middle, and so is the one that loads.
 */

import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { verifyReceiptExport } from '@hamlet/files/credits'
import type { Member, PersonStanding } from '@hamlet/http'
import { createNodeCrypto } from '@hamlet/identity/node'
import { eventually } from '../e2e/_peers.ts'
import type { TestPeer } from '../e2e/_peers.ts'
import {
  Crowd,
  downOf,
  keptBytes,
  knownShare,
  load,
  peakBytes,
  SPACE,
  turn,
  untilHeld,
  writtenBytes,
} from './crowd.ts'
import { digestsOf, makeFolder, requireSame } from './test-folder.ts'
import type { Digests } from './test-folder.ts'
import { rateText, sizeText } from './walk-report.ts'
import type { WalkOptions, WalkReport } from './walk-report.ts'

const NAME = 'Summer'
/** So many chunks of the liar are right first: it is trusted by then. */
const HONEST_CHUNKS = 64
const HONEST_CHUNKS_SMALL = 1
const PEER_BYTES_MAX = 2 ** 30
/** Blobs that load at a time, and what of each may not be durable yet (`FLUSH_BYTES` of a download). */
const LOST_BYTES_MAX = 8 * 16 * 2 ** 20
/** Logs, hashes and records beside the bytes themselves. */
const OVERHEAD_BYTES_MAX = 32 * 2 ** 20
const SMALL_BYTES = 256 * 2 ** 20
const SMALL_SECONDS = { untilNamed: 40, after: 8 }
const NAMED_MS_MAX = 300_000
/** Dora's download, but for what was on its way when somebody was killed. */
const TAKEN_PART_MIN = 0.75
const RECEIPTS_MS_MAX = 300_000

interface Scene {
  readonly crowd: Crowd
  readonly bytes: number
  readonly digests: Digests
  readonly ana: TestPeer
  readonly liar: TestPeer
  /** These two are not in a short walk. */
  readonly staller: TestPeer | undefined
  readonly ben: TestPeer | undefined
  readonly dora: TestPeer
  /** The most memory of each so far. */
  readonly peaks: Map<string, number>
}

export async function walkSwarm(report: WalkReport, options: WalkOptions): Promise<void> {
  const { bytes } = options
  await using crowd = await Crowd.create()
  let scene: Scene | undefined
  const isSet = await report.check(
    `${options.isShort ? 'two' : 'four'} peers hold ${sizeText(bytes)}`,
    async () => {
      const [made, figures] = await setScene(crowd, options)
      scene = made
      return figures
    },
  )
  if (!isSet || scene === undefined) return
  const current = scene
  const { dora } = current
  const share = await knownShare(dora, NAME)
  await slowDown(current, SMALL_SECONDS.untilNamed)
  await turn(current.liar)
  if (current.staller !== undefined) await turn(current.staller)
  const startedMs = performance.now()
  const out = crowd.folder('out')
  const getting = dora.start('get', NAME, '-o', out)
  await report.check('the one who sent wrong bytes is named', () => liarIsNamed(current, share.id))
  await slowDown(current, SMALL_SECONDS.after)
  await untilHeld(dora, share.id, share.totalBytes * 0.3)
  if (current.ben !== undefined) note(current, current.ben)
  await current.ben?.kill()
  const beforeKill = await untilHeld(dora, share.id, share.totalBytes * 0.5)
  note(current, dora)
  const ended = once(getting, 'close')
  getting.kill('SIGKILL')
  await Promise.all([ended, dora.kill()])
  const killedMs = performance.now()
  const kept = await keptBytes(dora)
  await crowd.up(dora)
  await report.check(
    `a download goes on after SIGKILL with one liar${options.isShort ? '' : ', one mute and one dead'}`,
    () => goesOn(current, out, killedMs - startedMs),
  )
  await report.check('little is loaded again', () => {
    return littleAgain(dora, { total: share.totalBytes, beforeKill, kept })
  })
  await report.check('receipts sum to zero, whoever adds them up', () => receiptsSum(current))
  await report.check('memory of each process is bounded', () => memoryIsBounded(current))
}

async function setScene(
  crowd: Crowd,
  { bytes, isShort }: WalkOptions,
): Promise<readonly [Scene, string]> {
  const folder = crowd.folder(NAME)
  const digests = await makeFolder(folder, bytes)
  const ana = await crowd.member('Ana')
  const sharedMs = performance.now()
  await ana.json('share', folder, '--space', SPACE)
  const shared = rateText(bytes, sharedMs)
  await rm(folder, { recursive: true })
  const honestChunks = bytes < SMALL_BYTES ? HONEST_CHUNKS_SMALL : HONEST_CHUNKS
  const liar = await crowd.hostile('Lou', 'lie', honestChunks)
  const staller = isShort ? undefined : await crowd.hostile('Sam', 'stall', 0)
  const ben = isShort ? undefined : await crowd.member('Ben')
  const spreadMs = performance.now()
  const others = [liar, staller, ben].filter((peer) => peer !== undefined)
  await Promise.all(others.map((peer) => load(peer, NAME)))
  const spread = rateText(others.length * bytes, spreadMs)
  const dora = await crowd.member('Dora')
  const peaks = new Map<string, number>()
  const scene = { crowd, bytes, digests, ana, liar, staller, ben, dora, peaks }
  return [scene, `shared in ${shared}; loaded by ${others.length} in ${spread} in all`]
}

/** A small folder would be there before anything could happen: those who are honest give it slowly. */
async function slowDown({ bytes, ana, ben }: Scene, seconds: number): Promise<void> {
  if (bytes >= SMALL_BYTES) return
  const upBytesPerSecond = Math.floor(bytes / seconds)
  for (const peer of [ana, ben]) {
    await peer?.request('PUT', '/transfer-limits', { upBytesPerSecond })
  }
}

async function liarIsNamed({ liar, dora }: Scene, share: string): Promise<string> {
  const transfer = await eventually(
    'a source is refused',
    () => downOf(dora, share),
    (down) =>
      down?.state === 'done' || down?.sources.some(({ state }) => state === 'banned') === true,
    NAMED_MS_MAX,
  )
  const refused = transfer!.sources.filter(({ state }) => state === 'banned')
  const members = await dora.request<readonly Member[]>(
    'GET',
    `/spaces/${await dora.spaceId(SPACE)}/members`,
  )
  const names = refused.map(({ person }) => members.find((each) => each.person === person)?.name)
  if (refused.length !== 1 || refused[0]!.id !== liar.ready.peer || names[0] !== liar.name) {
    throw new Error(`named: ${names.join()}, ${refused.map(({ id }) => id).join()}`)
  }
  const told = (await dora.run('transfers')).stdout
  if (!told.includes(`${liar.name} sent away`)) throw new Error(`hamlet transfers: ${told}`)
  return `${refused[0]!.reason} by ${names[0]} after ${sizeText(refused[0]!.bytes)} that were right`
}

async function goesOn(scene: Scene, out: string, firstMs: number): Promise<string> {
  const { dora, digests, bytes } = scene
  const startedMs = performance.now()
  const { exitCode, stderr } = await dora.run('get', NAME, '-o', out)
  if (exitCode !== 0) throw new Error(`hamlet get: exit code ${exitCode}: ${stderr.trim()}`)
  const took = rateText(bytes, startedMs - firstMs)
  requireSame(await digestsOf(join(out, NAME)), digests)
  return `${took} without the restart, written out too; ${digests.size} files byte-identical (SHA-256)`
}

function littleAgain(
  dora: TestPeer,
  held: { readonly total: number; readonly beforeKill: number; readonly kept: number },
): string {
  const { total, beforeKill, kept } = held
  const lost = Math.max(0, beforeKill - kept)
  if (kept === 0) throw new Error('nothing was kept')
  if (lost > LOST_BYTES_MAX) throw new Error(`${sizeText(lost)} of ${sizeText(beforeKill)} lost`)
  const said = `${sizeText(beforeKill)} there when killed, ${sizeText(kept)} after, so ${sizeText(lost)} again`
  const written = writtenBytes(dora)
  if (written === undefined) return said
  const most = (total - kept) * 1.02 + OVERHEAD_BYTES_MAX
  if (written > most) {
    throw new Error(`${sizeText(written)} written after it, for ${sizeText(total - kept)}`)
  }
  return `${said}; ${sizeText(written)} written by the peer for the missing ${sizeText(total - kept)}`
}

/** As each of those that are honest sees it, and as the file says that one of them writes out. */
async function receiptsSum({ crowd, ana, ben, dora, bytes }: Scene): Promise<string> {
  if (ben !== undefined) await crowd.up(ben)
  const views: string[] = []
  for (const peer of [ana, ben, dora]) {
    if (peer === undefined) continue
    const all = await eventually(
      `${peer.name} knows what Dora has taken`,
      () => standingsOf(peer),
      (standings) => standings.some(({ takenBytes }) => takenBytes >= bytes * TAKEN_PART_MIN),
      RECEIPTS_MS_MAX,
    )
    const sum = all.reduce((total, { balanceBytes }) => total + balanceBytes, 0)
    const given = all.reduce((total, { givenBytes }) => total + givenBytes, 0)
    if (sum !== 0) throw new Error(`as ${peer.name} sees it they come to ${sum}`)
    views.push(`${peer.name} ${sizeText(given)}`)
  }
  const file = join(crowd.folder('out'), 'receipts.json')
  await dora.json('receipts', 'export', SPACE, '--output', file)
  const verified = verifyReceiptExport(createNodeCrypto(), await readFile(file))
  if (!verified.ok) throw verified.error
  const { receipts, sheet, uncertified } = verified.value
  const total = [...sheet.balances.values()].reduce((sum, each) => sum + each, 0n)
  if (total !== 0n || uncertified.length > 0) throw new Error(`the file comes to ${total}`)
  return `given in all, as seen by ${views.join(', ')}; ${receipts.length} receipts in a file that proves itself`
}

async function standingsOf(peer: TestPeer): Promise<readonly PersonStanding[]> {
  return await peer.request('GET', `/spaces/${await peer.spaceId(SPACE)}/standing`)
}

function note({ peaks }: Scene, peer: TestPeer): void {
  const peak = peakBytes(peer)
  if (peak !== undefined) peaks.set(peer.name, Math.max(peak, peaks.get(peer.name) ?? 0))
}

function memoryIsBounded(scene: Scene): string {
  const { ana, liar, staller, dora, peaks } = scene
  for (const peer of [ana, liar, staller, dora]) if (peer !== undefined) note(scene, peer)
  if (peaks.size === 0) return 'not told by this system'
  const words = [...peaks].map(([name, peak]) => `${name} ${sizeText(peak)}`).join(', ')
  const over = [...peaks.values()].some((peak) => peak > PEER_BYTES_MAX)
  if (over) throw new Error(`more than ${sizeText(PEER_BYTES_MAX)}: ${words}`)
  return words
}
