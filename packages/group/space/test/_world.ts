/** Test utilities: people with devices, their spaces on memory disks, and sync by hand. */

import assert from 'node:assert/strict'
import { bytesToHex, bytesToId, silentLogger, silentMetrics } from '@hamlet/core'
import type { Cancel, Clock, Crypto, DeviceId, Kv, PersonId } from '@hamlet/core'
import type { Random, Signer, SpaceId } from '@hamlet/core'
import { certifyDevice, claimDevice, encodeDeviceCertificate } from '@hamlet/identity'
import { createNodeCrypto } from '@hamlet/identity/node'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import type { MemoryDisk } from '@hamlet/store'
import { createJoinRequest, decodeLink, deriveInviteKeys, Space } from '@hamlet/space'
import type { Entry, Ephemeral, InviteInput, SpaceIdentity, SpacePorts } from '@hamlet/space'

export const crypto = createNodeCrypto()
export const NOW_MS = 1_800_000_000_000
export const DAY_MS = 86_400_000

/** A clock moved by hand; timers fire when it passes them. */
export class TestClock implements Clock {
  #nowMs = NOW_MS
  #timers: { readonly atMs: number; readonly callback: () => void }[] = []

  wall(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): Cancel {
    const timer = { atMs: this.#nowMs + delayMs, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  set(nowMs: number): void {
    this.#nowMs = nowMs
    const due = this.#timers.filter(({ atMs }) => atMs <= nowMs)
    this.#timers = this.#timers.filter(({ atMs }) => atMs > nowMs)
    for (const { callback } of due) callback()
  }

  pass(ms: number): void {
    this.set(this.#nowMs + ms)
  }
}

/** Bytes that depend on the seed alone. */
export function seededRandom(seed: string): Random {
  let count = 0
  return {
    bytes(length) {
      const info = new TextEncoder().encode(`${seed}/${count++}`)
      return crypto.hkdf(new Uint8Array(32), new Uint8Array(0), info, length)
    },
  }
}

/** A person with one device, and one space of it at a time. */
export class Peer {
  readonly name: string
  readonly identity: SpaceIdentity
  readonly clock = new TestClock()
  readonly random: Random
  /** The person's root key, and the recovery key of their words. */
  readonly root: Signer
  readonly recoveryPrivate: Uint8Array
  disk: MemoryDisk = createMemoryDisk()
  kv: Kv = createMemoryKv()
  #space: Space | undefined

  /**
   * `of`: a further device of that person. `hasWords`: whether it was recovered from the words. `same`: or the same device
   * again.
   */
  constructor(name: string, of?: Peer, hasWords = false, same?: SpaceIdentity) {
    this.name = name
    this.random = seededRandom(name + (same === undefined ? '' : '’'))
    this.root = of?.root ?? crypto.signer(this.random.bytes(32))
    this.recoveryPrivate = of?.recoveryPrivate ?? this.random.bytes(32)
    const recovery = crypto.agreementKey(this.recoveryPrivate)
    const identity = identityOf(crypto, this.random, this.root, recovery)
    const words = hasWords ? { recoveryPrivate: this.recoveryPrivate } : {}
    this.identity = same ?? { ...identity, ...words }
  }

  /** Another process on a copy of this device's disk: the same keys, and from here on a history of its own. */
  async twin(): Promise<Peer> {
    const twin = new Peer(this.name, this, false, this.identity)
    twin.disk = createMemoryDisk({ files: this.disk.files() })
    twin.clock.set(this.clock.wall())
    await twin.reopen(this.space.id)
    return twin
  }

  get space(): Space {
    assert.ok(this.#space, `${this.name} has no space`)
    return this.#space
  }

  get device(): DeviceId {
    return this.identity.device
  }

  get person(): PersonId {
    return this.identity.person
  }

  get ports(): SpacePorts {
    const { disk, kv, random, clock } = this
    return { disk, kv, crypto, random, clock, logger: silentLogger, metrics: silentMetrics }
  }

  async create(history?: 'all' | 'from-join', ephemeral?: Ephemeral): Promise<Space> {
    const input = {
      name: 'Home',
      ...(history === undefined ? {} : { history }),
      ...(ephemeral === undefined ? {} : { ephemeral }),
    }
    this.#space = await Space.create(this.ports, this.identity, input)
    return this.#space
  }

  async openForJoin(id: SpaceId): Promise<Space> {
    this.#space = await Space.openForJoin(this.ports, this.identity, id)
    return this.#space
  }

  async reopen(id = this.space.id): Promise<Space> {
    this.#space = await Space.open(this.ports, this.identity, id)
    return this.#space
  }

  write(text: string): Promise<readonly Entry[]> {
    return this.space.append([{ type: 'chat.message', value: [text] }])
  }

  /** The messages this device can read, in the order of their times. */
  messages(): string[] {
    const texts: { readonly key: string; readonly text: string }[] = []
    for (const [device, length] of this.space.appliedLengths()) {
      for (const entry of this.space.entries(device, 0, length)) {
        const opened = this.space.openContent(entry)
        if (opened.kind !== 'content' || opened.content.type !== 'chat.message') continue
        const { milliseconds, counter } = entry.time
        const key = `${String(milliseconds).padStart(16, '0')}/${String(counter).padStart(5, '0')}`
        texts.push({ key, text: (opened.content.value as readonly string[])[0]! })
      }
    }
    return texts.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ text }) => text)
  }

  /** A signed paper for the invitation in a link. */
  request(link: string, name = this.name): Uint8Array {
    const decoded = decodeLink(link)
    assert.ok(decoded.ok)
    const { space, invite, secret } = decoded.value
    const { signer, requestKey } = deriveInviteKeys(crypto, secret)
    const keys = { inviteSigner: signer, requestKey, device: this.identity.deviceSigner }
    const { person, certificate } = this.identity
    return createJoinRequest({ crypto, random: this.random }, keys, {
      space,
      invite,
      person,
      certificate,
      name,
    })
  }
}

export function identityOf(
  crypto: Crypto,
  random: Random,
  root = crypto.signer(random.bytes(32)),
  recovery?: Uint8Array,
  createdAtMs = NOW_MS,
): SpaceIdentity {
  const deviceSigner = crypto.signer(random.bytes(32))
  const prekeyPrivate = random.bytes(32)
  const person = bytesToId<PersonId>(root.publicKey)
  const prekey = crypto.agreementKey(prekeyPrivate)
  const facts = { person, prekey, prekeySerial: 0, createdAtMs }
  const certificate = certifyDevice(root, claimDevice(deviceSigner, facts), recovery)
  return {
    person,
    device: bytesToId<DeviceId>(deviceSigner.publicKey),
    deviceSigner,
    prekeyPrivate,
    certificate: encodeDeviceCertificate(certificate),
  }
}

/** Copies everything `to` lacks and takes, until nothing moves. Gives the codes of refusals. */
export async function pull(from: Space, to: Space, blocksMax = 1000): Promise<string[]> {
  const refusals: string[] = []
  for (let moved = true; moved;) {
    moved = false
    for (const point of from.forkPoints()) to.acceptForkPoint(point)
    const devices = [...from.lengths().keys()]
    const founder = from.founderDevice
    for (const device of to.founderDevice === undefined && founder ? [founder] : devices) {
      if (!to.acceptsDevice(device)) continue
      const here = to.lengths().get(device) ?? 0
      if (here >= Math.min(from.lengths().get(device) ?? 0, to.forkLimit(device))) continue
      const range = from.rangeFrom(device, here, { bytesMax: 1_000_000, blocksMax })
      if (range === undefined) continue
      const accepted = await to.accept(device, range)
      if (!accepted.ok) refusals.push(accepted.error.code)
      else if (accepted.value.to > accepted.value.from) moved = true
    }
    for (const want of to.wantedBranches()) {
      const range = from.branchRange(want, { bytesMax: 1_000_000, blocksMax })
      const accepted = range && (await to.acceptBranch(want, range))
      // What was refused is wanted from further back; the next round sees whether that is so.
      if (accepted?.ok === false && want.from > 0) moved = true
      if (accepted?.ok === true && accepted.value.to > accepted.value.from) moved = true
    }
    moved ||= await compare(from, to)
  }
  return refusals
}

/** What `from` gives to the device of `to`, and no more. */
export async function serve(from: Space, to: Peer): Promise<void> {
  for (let moved = true; moved;) {
    moved = false
    for (const device of from.lengths().keys()) {
      const at = to.space.lengths().get(device) ?? 0
      const blocksMax = from.servedLength(to.device, device) - at
      if (blocksMax <= 0 || !to.space.acceptsDevice(device)) continue
      const range = from.rangeFrom(device, at, { bytesMax: 1_000_000, blocksMax })
      if (range === undefined) continue
      const accepted = await to.space.accept(device, range)
      assert.ok(accepted.ok)
      moved ||= accepted.value.to > accepted.value.from
    }
  }
}

/** Holds the beginnings of logs against each other. Whether that shows that somebody signed two histories. */
async function compare(from: Space, to: Space): Promise<boolean> {
  if (hashOf(from) === hashOf(to)) return false
  const before = to.forkPoints().length
  for (const device of to.lengths().keys()) {
    const range = from.rangeFrom(device, 0, { bytesMax: 1_000_000 })
    if (range !== undefined) await to.accept(device, range)
  }
  return to.forkPoints().length > before
}

/** Everyone gets everything. */
export async function syncAll(...spaces: readonly Space[]): Promise<void> {
  for (let round = 0; round < spaces.length; round++) {
    for (const from of spaces) for (const to of spaces) if (from !== to) await pull(from, to)
  }
}

export const INVITE: InviteInput = {
  role: 'writer',
  mode: 'approve',
  expiresAtMs: NOW_MS + 7 * DAY_MS,
  maxUses: 1,
  hints: ['/ip4/127.0.0.1/tcp/4001'],
  spaceName: 'Home',
  inviterName: 'Ada',
}

/** `joiner` becomes a member of `host`'s space by an invitation that `host` approves. */
export async function join(
  host: Peer,
  joiner: Peer,
  input: Partial<InviteInput> = {},
): Promise<void> {
  const { link } = await host.space.createInvite({ ...INVITE, ...input })
  await joiner.openForJoin(host.space.id)
  const submitted = await host.space.submitRequest(joiner.request(link))
  assert.ok(submitted.ok)
  if (input.mode !== 'auto') await host.space.approve(submitted.value)
  await pull(host.space, joiner.space)
}

export async function errorCodeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise
  } catch (error) {
    return (error as { code?: string }).code
  }
  return undefined
}

export function hashOf(space: Space): string {
  return bytesToHex(space.frontierHash())
}
