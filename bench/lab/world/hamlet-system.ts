/**
 * Hamlet as a system of the lab: the real log, space, sync and chat code on simulated devices.
 *
 * Setting up is not measured: the founder makes the space, then everybody joins by a link, and all copies agree before
 * the play begins. Members without a device are admitted from signed requests and never come.
 */

import { bytesToHex } from '@hamlet/core'
import { draftMessage, draftRoom } from '@hamlet/chat'
import type { Crypto, EntryId } from '@hamlet/core'
import { createIdentity, openIdentity } from '@hamlet/identity'
import { createNodeCrypto } from '@hamlet/identity/node'
import { createJoinRequest, decodeLink, deriveInviteKeys } from '@hamlet/space'
import type { MemberRole, Space } from '@hamlet/space'
import {
  EPOCH_MS,
  Reached,
  SeededRandom,
  shareCrypto,
  SimLogger,
  SimNode,
} from '@hamlet/testkit/simulator'
import type { NodeNet, SimNet, SimSpace } from '@hamlet/testkit/simulator'
import type { LabGround, LabSystem } from './lab-system.ts'
import { HOUR_MS, MINUTE_MS } from './script.ts'
import { withholding } from './withholding-net.ts'

export interface HamletSystemOptions {
  readonly seed: number
  readonly members: number
  readonly devices: number
  readonly syncMeanMs: number
  /** Made an admin once everybody is here. */
  readonly admin?: number | undefined
  /** A member who tells nobody about anybody else's entries. */
  readonly withholder?: number | undefined
}

const SLOT = 0
const SETTLE_MS_MAX = HOUR_MS
const PAGE = 500

export const labCrypto: Crypto = shareCrypto(createNodeCrypto())

export class HamletSystem implements LabSystem {
  readonly name = 'hamlet'
  readonly devices: readonly string[]
  readonly nodes: readonly SimNode[]
  readonly #ground: LabGround
  readonly #options: HamletSystemOptions
  readonly #random: SeededRandom
  /** Resolves when the device of the current life can be used. */
  readonly #ready: Promise<void>[]
  #room: EntryId | undefined

  constructor(ground: LabGround, options: HamletSystemOptions) {
    this.#ground = ground
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    const { scheduler, network } = ground
    const world = {
      ...{ scheduler, network, crypto: labCrypto, reached: new Reached() },
      loggerFor: () => new SimLogger(() => undefined),
      wrapNet: (node: SimNode, net: SimNet) => this.#wrapNet(node, net),
      note: () => undefined,
    }
    this.nodes = Array.from({ length: options.devices }, (_, i) => {
      const random = this.#random.fork(`node ${i}`)
      const keys = createIdentity(labCrypto, random.fork('identity'), { nowMs: EPOCH_MS })
      const identity = openIdentity(labCrypto, keys)
      const { syncMeanMs } = options
      const facts = { name: `m${i}`, isFurther: false, isReplacement: false }
      return new SimNode(world, random, { ...facts, identity, syncMeanMs })
    })
    this.devices = this.nodes.map(({ device }) => device)
    this.#ready = this.nodes.map(() => Promise.resolve())
  }

  async setUp(): Promise<void> {
    const [founder] = this.nodes
    await this.start(0)
    await this.awaited(founder!.found(SLOT, 'Lab'))
    this.#watch(0)
    const [room] = await this.awaited(this.space(0).append([draftRoom('General')]))
    this.#room = room!.id
    const link = await this.openDoor()
    for (let i = this.nodes.length; i < this.#options.members; i++) await this.#admitAbsent(link, i)
    for (const member of this.nodes.keys()) if (member > 0) await this.#join(member, link)
    for (const member of this.nodes.keys()) if (member > 0) await this.start(member)
    await this.until('everybody agrees', () => this.#isAgreed())
    const { admin } = this.#options
    if (admin !== undefined) {
      await this.awaited(this.space(0).setRole(this.nodes[admin]!.person, 'admin'))
      await this.until('the admin is known', () => this.#isAgreed())
    }
  }

  start(member: number): Promise<void> {
    const ready = this.awaited(this.nodes[member]!.start()).then(() => this.#watch(member))
    this.#ready[member] = ready
    return ready
  }

  stop(member: number): void {
    this.nodes[member]!.crash(undefined, 'kept')
  }

  write(member: number, text: string): void {
    void this.#write(member, text)
  }

  read(member: number): void {
    void this.#read(member)
  }

  get room(): EntryId {
    if (this.#room === undefined) throw new Error('there is no room yet')
    return this.#room
  }

  space(member: number): Space {
    return this.copy(member).space
  }

  async textsAt(member: number): Promise<readonly string[]> {
    const copy = this.copy(member)
    const texts: string[] = []
    let before: EntryId | undefined
    for (;;) {
      const query = { room: this.room, limit: PAGE, ...(before === undefined ? {} : { before }) }
      const page = await copy.chat.page(query, this.nodes[member]!.person)
      texts.push(...page.messages.map((message) => message.text))
      if (!page.hasOlder) return texts
      before = page.messages[0]!.id
    }
  }

  async findDisagreement(): Promise<string | undefined> {
    const hashes: string[] = []
    for (const member of this.nodes.keys()) {
      const copy = this.copy(member)
      const parts = [copy.space.frontierHash(), copy.controlHash(labCrypto)]
      const all = [...parts, await this.awaited(copy.viewHash(labCrypto))]
      hashes.push(all.map((part) => bytesToHex(part).slice(0, 8)).join(' '))
    }
    const different = hashes.findIndex((hash) => hash !== hashes[0])
    if (different === -1) return undefined
    return `member ${different} has ${hashes[different]}, member 0 has ${hashes[0]}`
  }

  storedBytes(member: number): number {
    let bytes = 0
    for (const content of this.nodes[member]!.disk.files().values()) bytes += content.length
    return bytes
  }

  async #write(member: number, text: string): Promise<void> {
    const { recorder } = this.#ground
    const write = recorder.write(member, text)
    await this.#ready[member]
    const copy = this.copy(member)
    const [entry] = await copy.write(draftMessage({ room: { id: this.room }, text: write.text }))
    write.key = `${entry!.device}/${entry!.seq}`
    recorder.acknowledge(write)
  }

  async #read(member: number): Promise<void> {
    const { recorder } = this.#ground
    const read = recorder.read(member, 'local')
    await this.#ready[member]
    await this.copy(member).chat.page({ room: this.room }, this.nodes[member]!.person)
    recorder.answer(read)
  }

  #wrapNet(node: SimNode, net: SimNet): NodeNet {
    const { withholder } = this.#options
    return withholder !== undefined && node === this.nodes[withholder] ? withholding(net) : net
  }

  copy(member: number): SimSpace {
    const copy = this.nodes[member]!.space(SLOT)
    if (copy === undefined) throw new Error(`member ${member} has no copy`)
    return copy
  }

  /** A link of the founder's that lets in whoever has it. */
  async openDoor(): Promise<string> {
    const { link } = await this.awaited(
      this.space(0).createInvite({
        ...{ role: 'writer' as MemberRole, mode: 'auto' as const, maxUses: 1_000, hints: [] },
        expiresAtMs: this.nodes[0]!.clock.wall() + 30 * 24 * HOUR_MS,
        ...{ spaceName: 'Lab', inviterName: 'founder' },
      }),
    )
    return link
  }

  /** With nobody else awake, so that each of them copies the space once. */
  async #join(member: number, link: string): Promise<void> {
    const node = this.nodes[member]!
    await this.awaited(node.start())
    await this.awaited(node.join(SLOT, link))
    await this.until(`member ${member} is let in`, () => node.isMember(SLOT))
    await this.pass(1_000)
    this.stop(member)
    await this.pass(5_000)
  }

  async #admitAbsent(link: string, index: number): Promise<void> {
    const random = this.#random.fork(`absent ${index}`)
    const keys = createIdentity(labCrypto, random, { nowMs: EPOCH_MS })
    const identity = openIdentity(labCrypto, keys)
    const decoded = decodeLink(link)
    if (!decoded.ok) throw decoded.error
    const { space, invite, secret } = decoded.value
    const { signer, requestKey } = deriveInviteKeys(labCrypto, secret)
    const { person, certificateBytes: certificate, deviceSigner: device } = identity
    const request = createJoinRequest(
      { crypto: labCrypto, random },
      { inviteSigner: signer, requestKey, device },
      { space, invite, person, certificate, name: `absent ${index}` },
    )
    const submitted = await this.awaited(this.space(0).submitRequest(request))
    if (!submitted.ok) throw submitted.error
  }

  #isAgreed(): boolean {
    const hashes = this.nodes.map((_, i) => bytesToHex(this.space(i).frontierHash()))
    return this.nodes.every((node) => node.isMember(SLOT)) && new Set(hashes).size === 1
  }

  /** Tells the recorder what becomes readable here, and what already is. */
  #watch(member: number): void {
    const { recorder } = this.#ground
    const space = this.nodes[member]!.space(SLOT)?.space
    if (space === undefined) return
    for (const [device, length] of space.appliedLengths()) {
      for (let seq = 0; seq < length; seq++) recorder.see(member, `${device}/${seq}`)
    }
    space.subscribe((change) => {
      if (change.kind !== 'entries') return
      for (const { device, seq } of change.entries) recorder.see(member, `${device}/${seq}`)
    })
  }

  async until(what: string, isDone: () => boolean): Promise<void> {
    const { scheduler } = this.#ground
    const endMs = scheduler.nowMs + SETTLE_MS_MAX
    while (!isDone()) {
      if (scheduler.nowMs >= endMs) throw new Error(`not within an hour: ${what}`)
      await this.pass(500)
    }
  }

  pass(ms: number): Promise<void> {
    return this.#ground.scheduler.run(this.#ground.scheduler.nowMs + ms)
  }

  /** Disks are slow in virtual time, which has to go on; inside a play the player lets it. */
  async awaited<T>(promise: Promise<T>): Promise<T> {
    const { scheduler } = this.#ground
    if (this.isPlaying) return promise
    let isDone = false
    const done = promise.finally(() => {
      isDone = true
    })
    // Its failure is the caller's, once virtual time has passed.
    done.catch(() => undefined)
    const endMs = scheduler.nowMs + 10 * MINUTE_MS
    while (!isDone && scheduler.nowMs < endMs) {
      await scheduler.run(scheduler.nowMs + 50, () => isDone)
    }
    if (!isDone) throw new Error('a device never got ready')
    return done
  }

  /** Whether somebody else lets virtual time pass. */
  isPlaying = false
}
