/**
 * Data directories of peers with many messages, written in batches past the API, which would sign and sync each one.
 */

import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { draftMessage } from '@hamlet/chat'
import { parseId, scopedDisk, silentLogger, silentMetrics, utf8 } from '@hamlet/core'
import type { Cancel, Clock, EntryId, SpaceId } from '@hamlet/core'
import { openIdentity } from '@hamlet/identity'
import {
  KeyFileStore,
  createNodeClock,
  createNodeCrypto,
  createNodeRandom,
} from '@hamlet/identity/node'
import { runPeer } from '@hamlet/peer/node'
import { Space } from '@hamlet/space'
import { prefixedKv } from '@hamlet/store'
import { createLevelKv, createNodeDisk } from '@hamlet/store/node'
import { check, until } from './measure.ts'

export const LOOPBACK = '/ip4/127.0.0.1/tcp/0'
const BATCH = 1000
/** Messages are dated so far apart, the last ones now: a history written in a minute is none that people have. */
const MESSAGE_INTERVAL_MS = 60_000

/** A peer alone with one space in it, founded long enough ago for so many messages. */
export async function foundSpace(data: string, name: string, messages: number): Promise<string> {
  return await inThePast(messages + 10, async () => {
    const peer = await runPeer(peerOptions(data))
    await peer.api.setName('Anna')
    const { id } = await peer.api.createSpace(name)
    await peer.close()
    return id
  })
}

/** A peer that runs now would write of its own accord, and everything after that would be dated now. */
async function inThePast<T>(messages: number, action: () => Promise<T>): Promise<T> {
  const realNow = Date.now
  const pastMs = realNow() - messages * MESSAGE_INTERVAL_MS
  Date.now = () => pastMs
  try {
    return await action()
  } finally {
    Date.now = realNow
  }
}

/** Appends messages to the first room of a space of a peer that does not run. */
export async function appendMessages(data: string, id: string, count: number): Promise<void> {
  const room = await inThePast(count + 5, () => firstRoom(data, id))
  const clock = new PastClock(count)
  const ports = { crypto: createNodeCrypto(), random: createNodeRandom(), clock }
  const keys = await new KeyFileStore({ ...ports, path: join(data, 'keys') }).open({})
  const identity = openIdentity(ports.crypto, keys)
  const kv = await createLevelKv(join(data, 'index'))
  const space = await Space.open(
    {
      ...ports,
      disk: scopedDisk(createNodeDisk(data), `peer/spaces/${id}`),
      kv: prefixedKv(kv, utf8(`peer/space/${id}/space/`)),
      logger: silentLogger,
      metrics: silentMetrics,
    },
    { ...identity, certificate: identity.certificateBytes },
    parseId<SpaceId>(id)!,
  )
  for (let from = 0; from < count; from += BATCH) {
    const length = Math.min(BATCH, count - from)
    const drafts = Array.from({ length }, (_, i) => {
      return draftMessage({ room: { id: room }, text: messageText(from + i) })
    })
    await space.append(drafts)
    clock.pass(length)
  }
  await space.close()
  await kv.close()
}

/** Runs the peer until its views show the last message, as a peer that was in use would be found. */
export async function foldMessages(data: string, count: number): Promise<void> {
  const peer = await runPeer(peerOptions(data))
  const [space] = await peer.api.spaces()
  const last = messageText(count - 1)
  await until(
    'the newest message',
    async () => (await peer.api.messages(space!.id)).messages.at(-1)?.text === last,
    { timeoutMs: 1_800_000, intervalMs: 500 },
  )
  await peer.close()
}

/** About 50 characters of plain words that differ from message to message. */
export function messageText(index: number): string {
  const digest = createHash('sha256').update(String(index)).digest()
  const words = Array.from(digest.subarray(0, 6), (byte) => WORDS[byte % WORDS.length])
  return `${words.join(' ')} ${index}`
}

/** A multiaddr whose port stays the same when a peer is started again. */
export async function stableAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  check(typeof address === 'object' && address !== null, 'a free port')
  server.close()
  await once(server, 'close')
  return `/ip4/127.0.0.1/tcp/${address.port}`
}

/** Stands where the next messages are to be dated, however often it is read. */
class PastClock implements Clock {
  readonly #clock = createNodeClock()
  #wallMs: number

  constructor(messages: number) {
    this.#wallMs = this.#clock.wall() - messages * MESSAGE_INTERVAL_MS
  }

  /** The time of so many messages goes by. */
  pass(messages: number): void {
    this.#wallMs += messages * MESSAGE_INTERVAL_MS
  }

  wall(): number {
    return this.#wallMs
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  after(delayMs: number, callback: () => void): Cancel {
    return this.#clock.after(delayMs, callback)
  }
}

async function firstRoom(data: string, id: string): Promise<EntryId> {
  const peer = await runPeer(peerOptions(data))
  const [room] = await peer.api.rooms(id)
  await peer.close()
  check(room !== undefined, 'a room')
  return parseId<EntryId>(room.id)!
}

function peerOptions(dataDirectory: string) {
  return { dataDirectory, listen: [LOOPBACK], bootstrap: [], relay: false, localDiscovery: false }
}

const WORDS = (
  'boat bread bring evening family garden ham house kitchen lake late letter market meet morning music ' +
  'paper people picture rain river road school shop soup station street summer table ticket today tomorrow ' +
  'train tree trip village walk water weather weekend window winter work yesterday'
).split(' ')
