/** Members of one space, each a process, and what the walks of files ask of them. */

import { readFileSync } from 'node:fs'
import { BlobStore } from '@hamlet/blobs'
import { scopedDisk } from '@hamlet/core'
import type { Share, Transfer } from '@hamlet/http'
import { createNodeClock, createNodeCrypto } from '@hamlet/identity/node'
import { createNodeDisk } from '@hamlet/store/node'
import { eventually, TestPeers } from '../e2e/_peers.ts'
import type { TestPeer } from '../e2e/_peers.ts'
import { found, letIn } from '../e2e/_people.ts'
import type { Behaviour } from './hostile-net.ts'

export const SPACE = 'Home'
const HOSTILE = new URL('hostile-peer.ts', import.meta.url).pathname
/** Of one step at full size on a busy machine. */
const STEP_MS_MAX = 1_800_000
const KNOWN_MS_MAX = 120_000

export class Crowd implements AsyncDisposable {
  readonly peers: TestPeers
  #first: TestPeer | undefined

  private constructor(peers: TestPeers) {
    this.peers = peers
  }

  static async create(): Promise<Crowd> {
    return new Crowd(await TestPeers.create())
  }

  folder(name: string): string {
    return this.peers.directory(name)
  }

  /** A member with an honest peer; the first founds the space. */
  async member(name: string): Promise<TestPeer> {
    const peer = this.peers.peer(name)
    await this.up(peer)
    await this.#settle(peer)
    return peer
  }

  /** A member whose peer is not honest once it is turned (SIGUSR2). */
  async hostile(name: string, behaviour: Behaviour, honestChunks: number): Promise<TestPeer> {
    const peer = this.peers.peer(name)
    const options = ['--behaviour', behaviour, '--honest-chunks', String(honestChunks)]
    await peer.upAs(HOSTILE, ...options, ...this.#bootstrap())
    await this.#settle(peer)
    return peer
  }

  /** Starts a peer that knows where the first one is. */
  async up(peer: TestPeer, ...options: readonly string[]): Promise<void> {
    await peer.up(...options, ...this.#bootstrap(peer))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peers.close()
  }

  #bootstrap(peer?: TestPeer): readonly string[] {
    if (this.#first === undefined || this.#first === peer) return []
    return ['--bootstrap', this.#first.ready.addresses[0]!]
  }

  async #settle(peer: TestPeer): Promise<void> {
    if (this.#first === undefined) {
      this.#first = peer
      await found(peer, peer.name, SPACE)
    } else await letIn(this.#first, peer, peer.name, SPACE)
  }
}

/** From here on it does what it is for. */
export async function turn(peer: TestPeer): Promise<void> {
  peer.signal('SIGUSR2')
  // The signal is taken before the answer is.
  await peer.request('GET', '/status')
}

/** The share of that name, as soon as the peer knows of it. */
export async function knownShare(peer: TestPeer, name: string): Promise<Share> {
  const space = await peer.spaceId(SPACE)
  const shares = await eventually(
    `${peer.name} knows of ${name}`,
    () => peer.request<readonly Share[]>('GET', `/spaces/${space}/shares`),
    (all) => all.some((share) => share.name === name),
    KNOWN_MS_MAX,
  )
  return shares.find((share) => share.name === name)!
}

/** Loads all of a share without writing it out. */
export async function load(peer: TestPeer, name: string): Promise<void> {
  const { id } = await knownShare(peer, name)
  await peer.request('POST', `/shares/${id}/transfer`, {})
  await eventually(
    `${peer.name} holds ${name}`,
    () => downOf(peer, id),
    (transfer) => transfer?.state === 'done' || transfer?.state === 'failed',
    STEP_MS_MAX,
  )
}

/** What the peer says of loading the share. */
export async function downOf(peer: TestPeer, id: string): Promise<Transfer | undefined> {
  const all = await peer.request<readonly Transfer[]>('GET', '/transfers')
  return all.find(({ share, direction }) => share === id && direction === 'down')
}

export async function heldBytes(peer: TestPeer, id: string): Promise<number> {
  return (await peer.request<Share>('GET', `/shares/${id}`)).heldBytes
}

/** Waits until more than so many bytes of a share are there, and gives how many are. */
export async function untilHeld(peer: TestPeer, id: string, bytes: number): Promise<number> {
  const ask = (): Promise<number> => heldBytes(peer, id)
  return await eventually(
    `${peer.name} has ${bytes} bytes`,
    ask,
    (held) => held > bytes,
    STEP_MS_MAX,
  )
}

/** Of files, on the disk of a peer that is not up: what it need not load again. */
export async function keptBytes({ data }: TestPeer): Promise<number> {
  const ports = { disk: scopedDisk(createNodeDisk(data), 'peer'), clock: createNodeClock() }
  await using store = await BlobStore.open({ ...ports, crypto: createNodeCrypto() })
  return store.stats().heldBytes
}

/** The most memory the process has had at a time; `undefined` where the system does not tell. */
export function peakBytes(peer: TestPeer): number | undefined {
  const kib = fieldOf(`/proc/${peer.pid}/status`, /^VmHWM:\s+(\d+) kB$/m)
  return kib === undefined ? undefined : kib * 1024
}

/** What the process has written to files so far. */
export function writtenBytes(peer: TestPeer): number | undefined {
  return fieldOf(`/proc/${peer.pid}/io`, /^write_bytes: (\d+)$/m)
}

function fieldOf(file: string, pattern: RegExp): number | undefined {
  if (process.platform !== 'linux') return undefined
  const value = pattern.exec(readFileSync(file, 'utf8'))?.[1]
  return value === undefined ? undefined : Number(value)
}
