/**
 * A program of somebody's own that speaks Hamlet's real protocols over a real connection and keeps to none of the
 * rules: it is a member of spaces, or the holder of a link, and says and signs whatever it is told to.
 *
 * It is built from the packages alone: libp2p underneath, a true sync engine for what must be right before a lie can
 * be heard at all (greeting, tags, handles, a verified copy of the history), and beside that `say`, which puts any
 * message under a handle that the victim takes for good.
 */

import assert from 'node:assert/strict'
import { equalBytes, idToBytes, silentLogger, silentMetrics } from '@hamlet/core'
import type { Cancel, DeviceId, Net, NetHandler, Signer, SpaceId } from '@hamlet/core'
import { createIdentity, openIdentity } from '@hamlet/identity'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { Log } from '@hamlet/log'
import type { LogRange } from '@hamlet/log'
import { createNetwork } from '@hamlet/network'
import type { Network } from '@hamlet/network'
import {
  composeEntry,
  createJoinRequest,
  decodeEntry,
  decodeJoinRequest,
  decodeLink,
  decodeSyncMessage,
  deriveInviteKeys,
  encodeContent,
  encodeCore,
  encodeOperation,
  encodeSyncMessage,
  entryLeafLength,
  EpochKeys,
  sealContent,
  Space,
  SYNC_PROTOCOL,
  SyncEngine,
} from '@hamlet/space'
import type {
  ContentDraft,
  ControlOperation,
  EncodedEntry,
  EntryCore,
  InviteLink,
  SpaceIdentity,
  SpaceMessageBody,
  SyncMessage,
} from '@hamlet/space'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import { eventually } from './_peers.ts'

export const crypto = createNodeCrypto()
const random = createNodeRandom()
const clock = createNodeClock()
const RANGE_LIMITS = { bytesMax: 1_000_000, blocksMax: 10_000 }

/** The connection as the program sees it: what it heard, and under which handle it may speak of which space. */
class TappedNet implements Net {
  readonly #net: Net
  readonly heard: { readonly from: string; readonly message: SyncMessage }[] = []
  readonly handles = new Map<string, Uint8Array>()
  spaces: readonly Space[] = []

  constructor(net: Net) {
    this.#net = net
    net.subscribe({
      peerUp: () => undefined,
      peerDown: () => undefined,
      drain: () => undefined,
      message: (from, _, bytes) => {
        const decoded = decodeSyncMessage(bytes)
        if (decoded.ok) this.heard.push({ from, message: decoded.value })
      },
    })
  }

  get self(): string {
    return this.#net.self
  }

  peers(): readonly string[] {
    return this.#net.peers()
  }

  subscribe(handler: NetHandler): Cancel {
    return this.#net.subscribe(handler)
  }

  disconnect(peer: string, reason: string, banMs?: number): void {
    this.#net.disconnect(peer, reason, banMs)
  }

  send(peer: string, protocol: string, bytes: Uint8Array): boolean {
    const decoded = decodeSyncMessage(bytes)
    if (decoded.ok) this.#note(peer, decoded.value)
    return this.#net.send(peer, protocol, bytes)
  }

  #note(peer: string, message: SyncMessage): void {
    const space = this.#spaceOf(message)
    if (space !== undefined && 'handle' in message) {
      this.handles.set(`${peer}/${space}`, message.handle)
    }
  }

  #spaceOf(message: SyncMessage): SpaceId | undefined {
    if (message.kind === 'join') {
      const decoded = decodeJoinRequest(message.request)
      return decoded.ok ? decoded.value.space : undefined
    }
    if (message.kind !== 'frontier') return undefined
    return this.spaces.find((space) => equalBytes(space.frontierHash(), message.hash))?.id
  }
}

export class HostileProgram {
  readonly identity: SpaceIdentity
  readonly network: Network
  readonly outcomes: string[] = []
  readonly #victim: readonly string[]
  readonly #net: TappedNet
  readonly #engine: SyncEngine
  readonly #spaces = new Map<SpaceId, Space>()

  private constructor(identity: SpaceIdentity, network: Network, victim: readonly string[]) {
    this.#victim = victim
    this.identity = identity
    this.network = network
    this.#net = new TappedNet(network.net)
    const ports = { clock, crypto, random, logger: silentLogger }
    this.#engine = new SyncEngine({ ...ports, net: this.#net })
    this.#engine.subscribe((change) => {
      if (change.kind === 'join') this.outcomes.push(`${change.outcome} ${change.code}`.trim())
    })
  }

  /** `victim`: the addresses of the peer it talks to. */
  static async start(victim: readonly string[]): Promise<HostileProgram> {
    const keys = createIdentity(crypto, random, { nowMs: clock.wall() })
    const { certificateBytes: certificate, ...identity } = openIdentity(crypto, keys)
    const network = await createNetwork({
      ...{ clock, crypto, random, deviceSeed: keys.deviceSeed, protocols: [SYNC_PROTOCOL] },
      ...{ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, dht: false },
    })
    return new HostileProgram({ ...identity, certificate }, network, victim)
  }

  get device(): DeviceId {
    return this.identity.device
  }

  space(id: SpaceId): Space {
    const space = this.#spaces.get(id)
    assert.ok(space, 'the program knows the space')
    return space
  }

  /** Everything that peer has told about any space. */
  heardFrom(device: string): readonly SyncMessage[] {
    return this.#net.heard.filter(({ from }) => from === device).map(({ message }) => message)
  }

  /** Goes to the victim with a link and a paper, its own unless another is given. */
  async ask(linkText: string, paper?: Uint8Array): Promise<Space> {
    const link = linkOf(linkText)
    const { meetKey } = deriveInviteKeys(crypto, link.secret)
    const ports = { clock, crypto, random, logger: silentLogger, metrics: silentMetrics }
    const storage = { disk: createMemoryDisk(), kv: createMemoryKv() }
    const space = await Space.openForJoin({ ...ports, ...storage }, this.identity, link.space)
    this.#spaces.set(link.space, space)
    this.#net.spaces = [...this.#spaces.values()]
    const request = paper ?? this.paper(linkText)
    const kv = createMemoryKv()
    await this.#engine.add(space, this.identity.deviceSigner, kv, { meetKey, request })
    await this.network.dial(this.#victim)
    return space
  }

  /** Joins by a link that lets in at once. */
  async becomeMember(link: string): Promise<Space> {
    const space = await this.ask(link)
    await eventually(
      'the hostile program is a member',
      async () => space.ownRole,
      (role) => role !== undefined,
    )
    return space
  }

  /** A join request for this device; `claimed` is the identity it pretends to have. */
  paper(linkText: string, claimed: Pick<SpaceIdentity, 'person' | 'certificate'> = this.identity) {
    const { space, invite, secret } = linkOf(linkText)
    const { signer: inviteSigner, requestKey } = deriveInviteKeys(crypto, secret)
    const keys = { inviteSigner, requestKey, device: this.identity.deviceSigner }
    const { person, certificate } = claimed
    const facts = { space, invite, person, certificate, name: 'Mallory' }
    return createJoinRequest({ crypto, random }, keys, facts)
  }

  /** Says something about a space, under the handle the victim knows it by on this connection. */
  say(victim: string, space: SpaceId, body: SpaceMessageBody): void {
    const handle = this.#net.handles.get(`${victim}/${space}`)
    assert.ok(handle, 'the two have met over this space')
    assert.ok(this.#net.peers().includes(victim), 'the victim is connected')
    this.#net.send(victim, SYNC_PROTOCOL, encodeSyncMessage({ handle, ...body }))
  }

  /**
   * A log as it is known here, to be written on in the name of its device; what this program signs for another
   * device is signed with its own key, since it has no other.
   */
  async forge(id: SpaceId, device: DeviceId = this.device): Promise<ForgedLog> {
    const space = this.space(id)
    const { deviceSigner } = this.identity
    const signer = { publicKey: idToBytes(device), sign: (m: Uint8Array) => deviceSigner.sign(m) }
    const log = await openLog(space, device, signer)
    const keys = new EpochKeys({ crypto, random }, id, this.identity)
    keys.refresh(space.controlState())
    return new ForgedLog(space, device, log, keys)
  }

  async close(): Promise<void> {
    this.#engine.close()
    await this.network.close()
    await Promise.all([...this.#spaces.values()].map((space) => space.close()))
  }
}

/** A true copy of a log, with entries behind it that its device may never have written. */
export class ForgedLog {
  readonly #space: Space
  readonly #device: DeviceId
  readonly #log: Log
  readonly #keys: EpochKeys

  constructor(space: Space, device: DeviceId, log: Log, keys: EpochKeys) {
    this.#space = space
    this.#device = device
    this.#log = log
    this.#keys = keys
  }

  /** Readable for every member; `fields` replace parts of the header. Gives the range of this entry alone. */
  async content(draft: ContentDraft, fields: Partial<EntryCore> = {}): Promise<LogRange> {
    const epoch = this.#space.epochs().find(({ isKnown }) => isKnown)!.id
    const header = { ...this.#place(), epoch, ...fields }
    const core = encodeCore(header)
    const secret = this.#keys.secret(epoch)!
    return this.#append(
      header,
      sealContent(crypto, secret, random.bytes(16), core, encodeContent(draft)),
    )
  }

  async control(operation: ControlOperation): Promise<LogRange> {
    return await this.#append(this.#place(), encodeOperation(operation))
  }

  #place(): EntryCore {
    const seq = this.#log.length
    const last = seq === 0 ? undefined : this.#entry(seq - 1)
    const afterLastMs = (last?.time.milliseconds ?? 0) + 1
    const time = { milliseconds: Math.max(clock.wall(), afterLastMs), counter: 0 }
    const deps = this.#heads()
    const { id: space } = this.#space
    return { space, device: this.#device, seq, previous: last?.id, deps, time, epoch: undefined }
  }

  /** Having seen everything that everybody else wrote. */
  #heads(): EntryCore['deps'] {
    return [...this.#space.appliedLengths()]
      .filter(([device, length]) => device !== this.#device && length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([device, length]) => {
        return { device, seq: length - 1, id: this.#space.entryAt(device, length - 1)!.id }
      })
  }

  async #append(header: EntryCore, payload: Uint8Array): Promise<LogRange> {
    const { block } = composeEntry(crypto, header, encodeCore(header), payload)
    await this.#log.append([block])
    return this.#log.rangeFrom(this.#log.length - 1, RANGE_LIMITS)!
  }

  #entry(seq: number): EncodedEntry {
    const decoded = decodeEntry(this.#log.get(seq), crypto)
    assert.ok(decoded.ok)
    return decoded.value
  }
}

async function openLog(space: Space, device: DeviceId, signer: Signer): Promise<Log> {
  const log = await Log.open({
    ...{ crypto, signer, publicKey: signer.publicKey, namespace: idToBytes(space.id) },
    ...{ disk: createMemoryDisk(), directory: 'forged', leafLength: entryLeafLength },
  })
  const range = space.rangeFrom(device, 0, RANGE_LIMITS)
  if (range !== undefined) assert.ok((await log.accept(range)).ok, 'a true copy to begin with')
  return log
}

export function linkOf(text: string): InviteLink {
  const decoded = decodeLink(text)
  assert.ok(decoded.ok, 'the link is one')
  return decoded.value
}
