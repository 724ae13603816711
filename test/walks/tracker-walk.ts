/**
 * Two peers that know each other only by a tracker, each a process, and a tracker that is killed in the middle, comes back, and forgets
 * whom it let in.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { decodeShareLink, encodeShareLink } from '@hamlet/files'
import type { KnownTracker } from '@hamlet/http'
import { eventually, TestPeers } from '../e2e/_peers.ts'
import type { TestPeer } from '../e2e/_peers.ts'
import { downOf } from './crowd.ts'
import { digestsOf, makeFile } from './test-folder.ts'
import { rateText, sizeText } from './walk-report.ts'
import type { WalkOptions, WalkReport } from './walk-report.ts'

const PROGRAM = fileURLToPath(new URL('late-tracker.ts', import.meta.url))
const FILM_BYTES_MAX = 256 * 2 ** 20
/** Slow enough that the tracker is gone before the end. */
const SECONDS = 6
const WAIT_MS_MAX = 240_000

interface Running {
  readonly url: string
  readonly process: ChildProcess
}

export async function walkTracker(report: WalkReport, { bytes }: WalkOptions): Promise<void> {
  await using peers = await Peers.create()
  const { ana, ben, cleo, folder } = peers
  const film = `${folder}/film.mp4`
  const filmBytes = Math.min(bytes, FILM_BYTES_MAX)
  const hash = await makeFile(film, filmBytes)
  let tracker = await startTracker(folder)
  peers.running = tracker
  let link = ''
  await report.check('a public share is told to a tracker', async () => {
    await ana.json('tracker', 'register', tracker.url)
    const shared = await ana.json<{ link: string }>('share', film, '--public')
    link = onlyTrackers(shared.link)
    const told = await untilAnnounced(ana, 2)
    return `${told.announced} blobs at ${told.url}, ${sizeText(filmBytes)}`
  })
  await report.check('a tracker that vanishes during a load costs nothing', async () => {
    const startedMs = performance.now()
    const { id } = await ben.request<{ id: string }>('POST', '/share-links', { link })
    const downBytesPerSecond = Math.ceil(filmBytes / SECONDS)
    await ben.request('PUT', '/transfer-limits', { downBytesPerSecond })
    await ben.request('POST', `/shares/${id}/transfer`, {})
    await untilLoading(ben, id, filmBytes / 10)
    tracker.process.kill('SIGKILL')
    const heldBytes = (await downOf(ben, id))!.heldBytes
    await untilDone(ben, id)
    await ben.json('get', id, '-o', `${folder}/ben`)
    return `killed at ${sizeText(heldBytes)}, ${rateText(filmBytes, startedMs)}; ${await same(`${folder}/ben`, hash)}`
  })
  await report.check(
    'a tracker that comes back is told again, by everybody who has it',
    async () => {
      const startedMs = performance.now()
      tracker = await startTracker(folder, new URL(tracker.url).port)
      peers.running = tracker
      await Promise.all([untilAnnounced(ana, 2), untilAnnounced(ben, 2)])
      return `after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`
    },
  )
  await report.check('whose token has expired is let in again, and goes on unasked', async () => {
    tracker.process.kill('SIGUSR2')
    const before = (await ana.request<readonly KnownTracker[]>('GET', '/trackers'))[0]!.announced
    await makeFile(`${folder}/song.mp3`, 1_000_000)
    await ana.json('share', `${folder}/song.mp3`, '--public')
    const told = await untilAnnounced(ana, before + 2)
    return `${before} blobs before, ${told.announced} after, ${told.state}`
  })
  await report.check('a third finds both by the tracker alone', async () => {
    const startedMs = performance.now()
    await cleo.json('get', link, '-o', `${folder}/cleo`)
    return `${rateText(filmBytes, startedMs)}; ${await same(`${folder}/cleo`, hash)}`
  })
}

/** Three who share no space and were told of nobody, with a folder for what they load. */
class Peers implements AsyncDisposable {
  readonly ana: TestPeer
  readonly ben: TestPeer
  readonly cleo: TestPeer
  readonly folder: string
  running: Running | undefined
  readonly #all: TestPeers

  private constructor(all: TestPeers, [ana, ben, cleo]: readonly TestPeer[]) {
    this.#all = all
    this.ana = ana!
    this.ben = ben!
    this.cleo = cleo!
    this.folder = all.directory('found')
  }

  static async create(): Promise<Peers> {
    const all = await TestPeers.create()
    const peers = ['Ana', 'Ben', 'Cleo'].map((name) => all.peer(name))
    for (const peer of peers) await peer.up()
    return new Peers(all, peers)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.running?.process.kill('SIGKILL')
    await this.#all.close()
  }
}

async function startTracker(folder: string, port = '0'): Promise<Running> {
  const flags = ['--port', port, '--database', `${folder}/tracker.sqlite`, '--web', 'no']
  const child = spawn(process.execPath, [PROGRAM, ...flags, '--log-level', 'silent'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { process: child, ...(JSON.parse(line) as { url: string }) }
}

/** The link without devices and addresses. */
function onlyTrackers(text: string): string {
  const link = decodeShareLink(text)
  if (!link.ok) throw link.error
  if (link.value.trackers.length === 0) throw new Error('the link names no tracker')
  return encodeShareLink({ ...link.value, devices: [], addresses: [] })
}

async function untilAnnounced(peer: TestPeer, blobs: number): Promise<KnownTracker> {
  const all = await eventually(
    `${peer.name} has told the tracker of ${blobs} blobs`,
    () => peer.request<readonly KnownTracker[]>('GET', '/trackers'),
    ([first]) => first?.state === 'working' && first.announced >= blobs,
    WAIT_MS_MAX,
  )
  return all[0]!
}

async function untilLoading(peer: TestPeer, id: string, bytes: number): Promise<void> {
  await eventually(
    `${peer.name} has ${bytes} bytes`,
    () => downOf(peer, id),
    (transfer) => (transfer?.heldBytes ?? 0) > bytes,
    WAIT_MS_MAX,
  )
}

async function untilDone(peer: TestPeer, id: string): Promise<void> {
  await eventually(
    `${peer.name} has all of it`,
    () => downOf(peer, id),
    (transfer) => transfer?.state === 'done',
    WAIT_MS_MAX,
  )
}

async function same(folder: string, hash: string): Promise<string> {
  if ((await digestsOf(folder)).get('film.mp4') !== hash) throw new Error('it is another file')
  return 'byte-identical (SHA-256)'
}
