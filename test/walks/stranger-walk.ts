/**
 * Somebody on the same network who is no member and has no link: one who knows nothing, one who knows the topics of a share and not its
 * roots, and, so that the walk would see it if a peer said more, one who has a link.
 */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseBlobKey, swarmTopic } from '@hamlet/blobs'
import type { BlobId } from '@hamlet/blobs'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import { decodeShareLink } from '@hamlet/files'
import type { ShareDetail } from '@hamlet/http'
import { createNodeCrypto } from '@hamlet/identity/node'
import type { TestPeer } from '../e2e/_peers.ts'
import { Crowd, load, SPACE } from './crowd.ts'
import type { StrangerReport, StrangerTask } from './stranger-program.ts'
import { makeFile } from './test-folder.ts'
import type { WalkOptions, WalkReport } from './walk-report.ts'

const PROGRAM = fileURLToPath(new URL('stranger-program.ts', import.meta.url))
const FOLDER = 'Plans nobody may see'
const FILE = 'unheard-of drawing.bin'
/** Of which every digit would be seen. */
const FILE_BYTES = 1_357_913
const ANSWER_BYTES_MAX = 64 * 2 ** 20
const crypto = createNodeCrypto()

interface Secrets {
  readonly topics: readonly string[]
  /** What must not be heard, by what it is. */
  readonly needles: ReadonlyMap<string, Uint8Array>
  readonly holders: readonly string[]
}

export async function walkStranger(report: WalkReport, { isShort }: WalkOptions): Promise<void> {
  await using crowd = await Crowd.create()
  const ana = await crowd.member('Anastasia')
  const ben = await crowd.member('Benedikta')
  const folder = crowd.folder(FOLDER)
  await makeFile(`${folder}/${FILE}`, FILE_BYTES)
  const made = await ana.json<{ share: { id: string } }>('share', folder, '--space', SPACE)
  await load(ben, FOLDER)
  const linked = await ana.json<{ link: string }>('share', `${folder}/${FILE}`)
  const secrets = await secretsOf(ana, ben, made.share.id)
  if (!isShort) {
    await report.check('a stranger who knows nothing learns nothing', async () => {
      return judge(await ask(ana, []), secrets)
    })
  }
  await report.check(
    'a stranger who knows the topics and not the roots learns nothing',
    async () => {
      return judge(await ask(ana, secrets.topics), secrets)
    },
  )
  await report.check(
    'who has a link does get in, so the ears of the strangers are good',
    async () => {
      const link = decodeShareLink(linked.link)
      if (!link.ok) throw link.error
      const topic = bytesToHex(swarmTopic(crypto, link.value))
      const heard = await ask(ana, [topic], [bytesToHex(link.value.root)])
      if (!/\bopen\b.*\bhave\b/.test(heard.openings[0] ?? '')) {
        throw new Error(`answered ${heard.openings.join(', ')}`)
      }
      return `answered ${heard.openings[0]}, and to a topic that nobody has ${heard.openings.at(-1)}; ${heard.holders.length} holders named by the DHT`
    },
  )
}

async function ask(
  peer: TestPeer,
  topics: readonly string[],
  roots: readonly string[] = [],
): Promise<StrangerReport> {
  const { addresses, http } = peer.ready
  const task: StrangerTask = { addresses, http, topics, roots }
  const options = { maxBuffer: ANSWER_BYTES_MAX }
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, [PROGRAM, JSON.stringify(task)], options)
  return JSON.parse(stdout) as StrangerReport
}

async function secretsOf(ana: TestPeer, ben: TestPeer, share: string): Promise<Secrets> {
  const detail = await ana.request<ShareDetail>('GET', `/shares/${share}`)
  const { link } = await ana.request<{ link: string }>('GET', `/shares/${share}/link`)
  const manifest = decodeShareLink(link)
  if (!manifest.ok) throw manifest.error
  const blobs: BlobId[] = [manifest.value, ...detail.files!.map(({ blob }) => parseBlobKey(blob)!)]
  const roots = blobs.flatMap(({ root, sizeBytes }, index): [string, Uint8Array][] => [
    [`root ${index}`, root],
    [`root ${index} in words`, text(bytesToHex(root))],
    [`size ${index}`, uint64(sizeBytes)],
  ])
  const needles = new Map<string, Uint8Array>([
    ...roots,
    ...[FOLDER, FILE, SPACE, 'Anastasia', 'Benedikta'].map((name): [string, Uint8Array] => [
      name,
      text(name),
    ]),
    ['the size', text(String(FILE_BYTES))],
    ['the holder', hexToBytes(ben.ready.peer)],
    ['the holder in words', text(ben.ready.peer)],
    ['the space', text(await ana.spaceId(SPACE))],
  ])
  const topics = blobs.map((id) => bytesToHex(swarmTopic(crypto, id)))
  return { topics, needles, holders: [ana.ready.peer, ben.ready.peer] }
}

/** Nothing was heard of what is secret, and what somebody has is answered as what nobody has. */
function judge(heard: StrangerReport, secrets: Secrets): string {
  const leaks = heard.heard.flatMap(({ protocol, bytes }) => {
    const all = Buffer.from(bytes, 'base64')
    return [...secrets.needles].flatMap(([what, needle]) => {
      return all.includes(Buffer.from(needle)) ? [`${what} on ${protocol}`] : []
    })
  })
  const named = heard.holders.filter((device) => secrets.holders.includes(device))
  const open = heard.openings.filter((answer) => answer !== 'refused')
  const allowed = heard.statuses.filter(([, status]) => status !== 401)
  const found = [
    ...new Set(leaks),
    ...named.map((device) => `holder ${device}`),
    ...open.map((answer) => `a swarm answered ${answer}`),
    ...allowed.map(([path, status]) => `${path} answered ${status}`),
  ]
  if (found.length > 0) throw new Error(found.join(', '))
  const bytes = heard.heard.reduce((sum, each) => sum + Buffer.from(each.bytes, 'base64').length, 0)
  return (
    `asked on ${heard.protocols.length} protocols, ${heard.openings.length} openings of swarms refused, ` +
    `${heard.holders.length} holders named, ${heard.statuses.length} paths of HTTP closed; ${bytes} bytes heard`
  )
}

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words)
}

function uint64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}
