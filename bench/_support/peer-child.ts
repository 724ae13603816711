/** The process behind {@link PeerProcess}: runs one peer and answers commands with plain values. */

import { readFileSync } from 'node:fs'
import type { Message } from '@hamlet/http/api'
import { runPeer } from '@hamlet/peer/node'
import type { RunningPeer } from '@hamlet/peer/node'
import { sharedNowMs, sleep, until } from './measure.ts'

export interface StartOptions {
  readonly data: string
  /** A multiaddr to listen on. */
  readonly listen: string
}

export interface StartTimes {
  /** The first space, if the peer has one. */
  readonly space: string | undefined
  readonly startedMs: number
  readonly firstViewMs: number
}

export interface MemoryUse {
  /** Its own memory: without the files it has mapped, which the system drops and reads again as it likes. */
  readonly ownBytes: number
  /** With mapped files. */
  readonly residentBytes: number
}

/** When things could be seen here, in milliseconds of the clock all processes share. */
export interface FillTimes {
  /** A page of messages could be read. */
  readonly firstPage: number
  /** So many entries were stored. */
  readonly stored: number
  /** The newest message could be read. */
  readonly folded: number
}

export interface PeerCommands {
  /** Starts the peer; how long it took until the first page of the first space's messages, if it has one. */
  start(options: StartOptions): Promise<StartTimes>
  create(name: string): Promise<string>
  invite(space: string): Promise<string>
  /** Asks to join; resolves with the time of asking. */
  join(link: string, name: string): Promise<number>
  joined(space: string): Promise<number>
  connected(): Promise<number>
  fill(space: string, entries: number, lastText: string): Promise<FillTimes>
  frontier(space: string): Promise<string>
  entries(space: string): Promise<number>
  lastText(space: string): Promise<string>
  /** Sends one message after the other; when each was sent, by its text. */
  sendEach(space: string, texts: readonly string[], pauseMs: number): Promise<readonly number[]>
  /** Begins to write down when messages arrive. */
  watch(): Promise<void>
  arrivals(count: number): Promise<ReadonlyArray<readonly [string, number]>>
  memory(): Promise<MemoryUse>
}

let peer: RunningPeer
const arrivals = new Map<string, number>()

const commands: PeerCommands = {
  async start({ data, listen }) {
    const begin = performance.now()
    peer = await runPeer({
      dataDirectory: data,
      listen: [listen],
      bootstrap: [],
      relay: false,
      localDiscovery: false,
    })
    const startedMs = performance.now() - begin
    const [space] = await peer.api.spaces()
    if (space !== undefined) await peer.api.messages(space.id)
    return { space: space?.id, startedMs, firstViewMs: performance.now() - begin }
  },
  async create(name) {
    await peer.api.setName('Anna')
    return (await peer.api.createSpace(name)).id
  },
  async invite(space) {
    return (await peer.api.createInvite(space, { mode: 'auto', maxUses: 100 })).link!
  },
  async join(link, name) {
    const askedAt = sharedNowMs()
    await peer.api.join(link, name)
    return askedAt
  },
  joined: (space) =>
    until('a member of the space', async () => {
      return (await peer.api.spaces()).some(({ id }) => id === space)
    }),
  connected: () => until('a peer', async () => (await peer.api.peers()).length > 0),
  async fill(space, entries, lastText) {
    const firstPage = await until(
      'the first page',
      async () => (await readPage(space)).length >= 50,
    )
    const stored = await until('the entries', async () => {
      return (await peer.api.inspect(space)).entries >= entries
    })
    const folded = await until('the newest message', async () => {
      return (await readPage(space)).some(({ text }) => text === lastText)
    })
    return { firstPage, stored, folded }
  },
  frontier: async (space) => (await peer.api.inspect(space)).frontier,
  entries: async (space) => (await peer.api.inspect(space)).entries,
  lastText: async (space) => (await readPage(space)).at(-1)?.text ?? '',
  async sendEach(space, texts, pauseMs) {
    const times: number[] = []
    for (const text of texts) {
      times.push(sharedNowMs())
      await peer.api.send(space, { text })
      await sleep(pauseMs)
    }
    return times
  },
  async watch() {
    void follow()
  },
  async arrivals(count) {
    await until('all messages', () => arrivals.size >= count)
    return [...arrivals]
  },
  async memory() {
    const residentBytes = process.memoryUsage.rss()
    return { ownBytes: anonymousBytes() ?? residentBytes, residentBytes }
  },
}

/** Linux tells it apart; elsewhere `undefined`. */
function anonymousBytes(): number | undefined {
  try {
    const [, kibibytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))!
    return Number(kibibytes) * 1024
  } catch {
    return undefined
  }
}

async function readPage(space: string): Promise<readonly Message[]> {
  const known = (await peer.api.spaces()).some(({ id }) => id === space)
  return known ? (await peer.api.messages(space)).messages : []
}

async function follow(): Promise<void> {
  for await (const event of peer.api.events()) {
    if (event.type !== 'messages') continue
    const now = sharedNowMs()
    for (const { text } of event.messages) if (!arrivals.has(text)) arrivals.set(text, now)
  }
}

interface Call {
  readonly call: number
  readonly name: keyof PeerCommands | 'stop'
  readonly args: readonly never[]
}

process.on('message', (message: Call) => void answer(message))
// Whoever asks is gone: nobody will stop this process.
process.on('disconnect', () => process.exit())

async function answer({ call, name, args }: Call): Promise<void> {
  if (name === 'stop') {
    await peer?.close()
    process.disconnect()
    return
  }
  try {
    const command = commands[name] as (...each: readonly never[]) => Promise<unknown>
    process.send!({ call, value: await command(...args) })
  } catch (error) {
    process.send!({ call, error: error instanceof Error ? error.stack : String(error) })
  }
}
