/**
 * One simulated device: its keys, its disk, its clock, and the life of the process that runs on it.
 *
 * The device survives its process. A crash ends the process between two events: whatever it was waiting for never
 * comes, its timers never fire, and its disk keeps what a power cut may leave. The next life starts from the disk
 * alone, plus the few facts a peer keeps in its state file (which spaces it has, which links it has opened).
 *
 * Invariants:
 * 1. Nothing of an earlier life runs after `crash`, so no write is acknowledged twice or half.
 * 2. A space is open once on a disk: two copies would write into the same files. As in a peer, whoever opens one has to
 *    wait until it is closed (`isTaken`, `isBusy`); who does not is a bug of the world and named where it happens.
 */

import { assert, scopedDisk, silentMetrics, utf8 } from '@hamlet/core'
import type { Crypto, DeviceId, Disk, PersonId, SpaceId } from '@hamlet/core'
import type { Identity } from '@hamlet/identity'
import {
  createJoinRequest,
  decodeLink,
  deriveInviteKeys,
  isShared,
  RULES_VERSION,
  Space,
  SyncEngine,
} from '@hamlet/space'
import type {
  ArrivalIntent,
  Ephemeral,
  JoinIntent,
  SpaceIdentity,
  SpacePorts,
  VersionVector,
} from '@hamlet/space'
import { createMemoryDisk, prefixedKv } from '@hamlet/store'
import type { MemoryDisk } from '@hamlet/store'
import { withoutSync } from './canaries.ts'
import type { FaultyNode } from './fault-world.ts'
import { Gate } from './gate.ts'
import { KeyRing } from './key-ring.ts'
import type { SimLedgerOptions } from './ledger/sim-ledger.ts'
import { laterNet, LATER_RULES } from './later-version.ts'
import type { Reached } from './reached.ts'
import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'
import { SimClock } from './sim-clock.ts'
import { SimKv } from './sim-kv.ts'
import type { KvFate } from './sim-kv.ts'
import type { SimLogger } from './sim-logger.ts'
import type { NodeNet, SimNet } from './sim-net.ts'
import type { SimNetwork } from './sim-network.ts'
import { SimSpace } from './sim-space.ts'

/** What the node has from the world around it. */
export interface NodeWorld {
  readonly scheduler: Scheduler
  readonly network: Pick<SimNetwork, 'attach' | 'detach'>
  readonly crypto: Crypto
  readonly reached: Reached
  loggerFor(node: SimNode): SimLogger
  /** A node that is not honest sends something else than what it is told to. */
  wrapNet(node: SimNode, net: SimNet): NodeNet
  note(line: string): void
}

/** What a peer's state file would hold of a space. */
interface SpaceRecord {
  readonly slot: number
  readonly id: SpaceId
  /** Until this device is a member's. */
  readonly join: JoinIntent | undefined
  /** Secrets to meet members by, of a device that others have added. */
  readonly arrival?: ArrivalIntent
}

export interface NodeOptions {
  readonly name: string
  readonly identity: Identity
  /** Not the person's first device: it gets in by being added, not by an invitation. */
  readonly isFurther?: boolean
  /** In place of one that was lost. */
  readonly isReplacement?: boolean
  readonly syncMeanMs: number
  /** The software is the later version from the beginning. */
  readonly isLater?: boolean
  /** A planted bug: the later version folds nothing that it has not folded before. */
  readonly skipsLearning?: boolean
  /** A planted bug: a sync says it is done and has done nothing. */
  readonly skipsSync?: boolean
  /** @default people keep no ledger */
  readonly ledger?: SimLedgerOptions | undefined
}

/** One life of the process. */
interface Life {
  readonly net: NodeNet
  readonly engine: SyncEngine
  readonly spaces: Map<number, SimSpace>
  /** Spaces that are being opened, or closed to be opened anew, by number. */
  readonly busy: Set<number>
  /** Where members were asked too often. */
  readonly putOff: Set<SpaceId>
  isReady: boolean
}

/** Of snapshots that are a backup too. */
const BACKUP_RATE = 0.3
const ONCE = 'a space is open once on a disk'
const FOREVER = new Promise<never>(() => undefined)

/** What a backup holds. */
interface Backup {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly records: ReadonlyMap<number, SpaceRecord>
}

/** What a new device is given to find a space by: of who only stores, the keys of its invitations, as a peer does. */
export function secretsForTicket(space: Space): readonly Uint8Array[] {
  const own = space.discoverySecrets()
  return own.length > 0 ? own : space.meetKeys()
}

export class SimNode implements FaultyNode {
  readonly name: string
  readonly identity: Identity
  readonly clock: SimClock
  readonly gate: Gate
  /** Every epoch secret this device ever held. */
  readonly ring = new KeyRing()
  readonly #crypto: Crypto
  #disk: MemoryDisk
  #usedDisk: Disk
  readonly #world: NodeWorld
  readonly #options: NodeOptions
  readonly #random: SeededRandom
  readonly #kv = new SimKv()
  #records = new Map<number, SpaceRecord>()
  #backup: Backup | undefined
  #isLost = false
  /** The device knows that a backup was put back: it may have written more than it has, also where it comes anew. */
  #isWary = false
  /** Spaces where nobody has confirmed its log yet, by number. */
  readonly #doubted = new Set<number>()
  #life: Life | undefined
  #lives = 0
  /** Writes that were asked for and not acknowledged yet. */
  writesUnderWay = 0
  /** Peers that any life of this node refused. */
  readonly bannedPeers = new Set<string>()
  /** The disk went back in time: what was written since may be lost, and a fork of the own log is possible. */
  wasRestored = false
  /** A bit of the disk was flipped: what is read may be refused. */
  isDamaged = false
  /** A sync failed: the process has to start again before its files can be trusted. */
  needsRestart = false
  /** The software is the later version, from the next start on. */
  #isLater: boolean
  /** By number of the space, how much of every log was here when the software was upgraded. */
  readonly #heldAtUpgrade = new Map<number, VersionVector>()

  constructor(world: NodeWorld, random: SeededRandom, options: NodeOptions) {
    this.#world = world
    this.#random = random
    this.#options = options
    this.name = options.name
    this.#isLater = options.isLater ?? false
    this.identity = options.identity
    this.#crypto = this.ring.overhear(world.crypto)
    this.gate = new Gate(world.scheduler)
    this.clock = new SimClock(world.scheduler, this.gate)
    this.#disk = this.#createDisk()
    this.#usedDisk = this.#disk
    this.#useDisk(this.#disk)
  }

  get disk(): MemoryDisk {
    return this.#disk
  }

  get kv(): SimKv {
    return this.#kv
  }

  get person(): PersonId {
    return this.identity.person
  }

  get device(): DeviceId {
    return this.identity.device
  }

  get isUp(): boolean {
    return this.#life !== undefined
  }

  /** Every space is open: a person can use the device. */
  get isReady(): boolean {
    return this.#life?.isReady === true && !this.gate.isPaused
  }

  /** The device does not exist any more. */
  get isLost(): boolean {
    return this.#isLost
  }

  get isLater(): boolean {
    return this.#isLater
  }

  /** The process ends; the next one runs the later version on what this one has stored. */
  upgrade(): void {
    for (const [slot, { space }] of this.#life?.spaces ?? []) {
      this.#heldAtUpgrade.set(slot, space.appliedLengths())
    }
    this.crash(undefined, 'kept')
    this.#isLater = true
  }

  heldAtUpgrade(slot: number): VersionVector {
    return this.#heldAtUpgrade.get(slot) ?? new Map()
  }

  get isFurther(): boolean {
    return this.#options.isFurther === true
  }

  get isReplacement(): boolean {
    return this.#options.isReplacement === true
  }

  /** Whether this device knows that its person is out, after having been in. */
  wasMember(slot: number): boolean {
    const space = this.space(slot)?.space
    if (space === undefined || space.ownRole !== undefined) return false
    return space.formerMembers().some(({ person }) => person === this.person)
  }

  get holdsData(): boolean {
    return this.#records.size > 0
  }

  /** Nobody else can let others in. */
  get isIrreplaceable(): boolean {
    return this.slots.some((slot) => this.space(slot)?.space.ownRole === 'owner')
  }

  get hasBackup(): boolean {
    return this.#backup !== undefined
  }

  /** Changes with every start. */
  get life(): number {
    return this.#lives
  }

  /** Spaces this device has asked for or is in, by number. */
  get slots(): readonly number[] {
    return [...this.#records.keys()]
  }

  /** The space is being opened here, or closed to be opened anew. */
  isBusy(slot: number): boolean {
    return this.#life?.busy.has(slot) === true
  }

  /** The space is here already, or will be in a moment. */
  isTaken(slot: number): boolean {
    return this.#records.has(slot) || this.isBusy(slot)
  }

  space(slot: number): SimSpace | undefined {
    return this.#life?.spaces.get(slot)
  }

  isJoining(slot: number): boolean {
    return this.#records.get(slot)?.join !== undefined && !this.isMember(slot)
  }

  /** What a member said last of some request is that the person asked too often: it lies until they may ask again. */
  get isPutOff(): boolean {
    return [...this.#records.values()].some(
      ({ slot, id }) => this.isJoining(slot) && this.#life?.putOff.has(id) === true,
    )
  }

  isMember(slot: number): boolean {
    return this.space(slot)?.space.ownRole !== undefined
  }

  /** Starts the process; resolves when every space is open. */
  async start(): Promise<void> {
    this.#lives++
    const { network, crypto } = this.#world
    const logger = this.#world.loggerFor(this)
    const { clock } = this
    const own = this.#world.wrapNet(this, network.attach(this.device, this.gate))
    const { reached } = this.#world
    const onHeard = (): void => reached.count('message of a later version heard')
    const net = this.#isLater ? laterNet(own, onHeard) : own
    const random = this.#random.fork(`life ${this.#lives}`)
    const engine = new SyncEngine({ net, clock, crypto, random, logger })
    const life: Life = {
      ...{ net, engine, spaces: new Map(), busy: new Set(), putOff: new Set() },
      isReady: false,
    }
    this.#life = life
    engine.subscribe((change) => {
      if (change.kind !== 'join') return
      if (change.code !== 'JOIN_TOO_OFTEN') return void life.putOff.delete(change.space)
      this.#world.reached.count('asked to join too often')
      life.putOff.add(change.space)
    })
    const before = this.#segmentBytes()
    for (const record of this.#records.values()) {
      await this.#whileBusy(life, record.slot, () => this.#open(life, record))
    }
    life.isReady = true
    if (this.#segmentBytes() < before) this.#world.reached.count('torn tail repaired')
  }

  /** Ends the process. `random`: also cuts the power, and draws what is left of unsynced bytes. */
  crash(random: SeededRandom | undefined, fate: KvFate): void {
    if (this.#life === undefined) return
    this.#noteBans(this.#life)
    this.#life = undefined
    this.#world.network.detach(this.device)
    this.clock.stop()
    this.gate.clear()
    this.needsRestart = false
    this.disk.setFaults({})
    if (random !== undefined) this.disk.crash(random)
    this.#kv.crash(fate)
    this.writesUnderWay = 0
  }

  /** Of the indexes, which a crash may go back to, and now and then a backup of everything else. */
  snapshot(): void {
    this.#kv.snapshot()
    if (!this.#random.chance(BACKUP_RATE)) return
    this.#backup = { files: this.disk.files(), records: new Map(this.#records) }
  }

  /** The backup is put back on the device, whose process does not run. `isNoticed`: the next one can tell. */
  restore(isNoticed: boolean): void {
    const backup = this.#backup
    if (this.#life !== undefined || backup === undefined) return
    this.#useDisk(this.#createDisk(backup.files))
    this.#records = new Map(backup.records)
    this.#kv.crash('wiped')
    this.wasRestored = true
    this.#isWary = isNoticed
    this.#doubted.clear()
    if (isNoticed) for (const slot of this.#records.keys()) this.#doubted.add(slot)
  }

  /** The person waits no longer: nobody has answered who could know more. */
  endDoubts(): void {
    const slots = [...this.#doubted]
    this.#doubted.clear()
    for (const slot of slots) this.space(slot)?.space.ownLogDoubt.end()
  }

  /** Begins with a copy of another's disk: two processes of one device. */
  copyFrom(node: SimNode): void {
    this.#useDisk(this.#createDisk(node.disk.files()))
    this.#records = new Map(node.#records)
    this.isDamaged = node.isDamaged
  }

  /** Device and disk are gone for good. */
  lose(): void {
    this.crash(undefined, 'wiped')
    this.#isLost = true
    this.#records.clear()
  }

  #createDisk(files?: ReadonlyMap<string, Uint8Array>): MemoryDisk {
    const syncDelay = (): Promise<void> => this.#syncDelay()
    return createMemoryDisk(files === undefined ? { syncDelay } : { syncDelay, files })
  }

  #useDisk(disk: MemoryDisk): void {
    this.#disk = disk
    this.#usedDisk = this.#options.skipsSync === true ? withoutSync(disk) : disk
  }

  noteBans(): void {
    if (this.#life !== undefined) this.#noteBans(this.#life)
  }

  /** `ephemeral`: its messages disappear. */
  async found(slot: number, name: string, ephemeral?: Ephemeral): Promise<SpaceId> {
    const life = this.#running()
    return this.#whileBusy(life, slot, async () => {
      const input = ephemeral === undefined ? { name } : { name, ephemeral }
      const space = await Space.create(this.#ports(slot), this.spaceIdentity(), input)
      this.#records.set(slot, { slot, id: space.id, join: undefined })
      await this.#attach(life, slot, space, undefined)
      return space.id
    })
  }

  /** Opens a link: asks to join and waits for whoever is there. An earlier join is given up. */
  async join(slot: number, linkText: string): Promise<void> {
    const life = this.#running()
    assert(!this.isMember(slot), 'whoever is in a space does not ask to get in')
    await this.#whileBusy(life, slot, async () => {
      await this.#giveUp(life, slot)
      await this.#begin(life, this.#recordOf(slot, linkText))
    })
  }

  #recordOf(slot: number, linkText: string): SpaceRecord {
    const decoded = decodeLink(linkText)
    if (!decoded.ok) throw decoded.error
    const link = decoded.value
    const { crypto } = this.#world
    const keys = deriveInviteKeys(crypto, link.secret)
    const request = createJoinRequest(
      { crypto, random: this.#random },
      {
        inviteSigner: keys.signer,
        requestKey: keys.requestKey,
        device: this.identity.deviceSigner,
      },
      {
        space: link.space,
        invite: link.invite,
        person: this.person,
        certificate: this.identity.certificateBytes,
        name: this.name,
      },
    )
    return { slot, id: link.space, join: { meetKey: keys.meetKey, request } }
  }

  /** Others have added this device to a space: it meets them by what they gave it. */
  async arrive(slot: number, id: SpaceId, secrets: readonly Uint8Array[]): Promise<void> {
    const life = this.#running()
    const record = { slot, id, join: undefined, arrival: { secrets } }
    await this.#whileBusy(life, slot, () => this.#begin(life, record))
  }

  async #begin(life: Life, record: SpaceRecord): Promise<void> {
    assert(!this.#records.has(record.slot), ONCE)
    this.#records.set(record.slot, record)
    try {
      await this.#open(life, record)
    } catch (error) {
      this.#records.delete(record.slot)
      throw error
    }
  }

  async #giveUp(life: Life, slot: number): Promise<void> {
    const record = this.#records.get(slot)
    if (record === undefined) return
    this.#records.delete(slot)
    life.engine.remove(record.id)
    life.putOff.delete(record.id)
    const space = life.spaces.get(slot)
    life.spaces.delete(slot)
    await space?.close()
  }

  async #whileBusy<T>(life: Life, slot: number, run: () => Promise<T>): Promise<T> {
    assert(!life.busy.has(slot), ONCE)
    life.busy.add(slot)
    try {
      return await run()
    } finally {
      life.busy.delete(slot)
    }
  }

  spaceIdentity(): SpaceIdentity {
    const { person, device, deviceSigner, prekeyPrivate, certificateBytes } = this.identity
    const facts = { person, device, deviceSigner, prekeyPrivate, certificate: certificateBytes }
    // Whoever lost a phone types the words into the new one.
    const recoveryPrivate = this.isReplacement
      ? this.identity.personKeys?.recoveryPrivate
      : undefined
    return recoveryPrivate === undefined ? facts : { ...facts, recoveryPrivate }
  }

  async #open(life: Life, record: SpaceRecord): Promise<void> {
    const { slot, id, join, arrival } = record
    const ports = this.#ports(slot)
    const space =
      join === undefined && arrival === undefined
        ? await Space.open(ports, this.spaceIdentity(), id)
        : await Space.openForJoin(ports, this.spaceIdentity(), id)
    const isMember = space.ownRole !== undefined
    await this.#attach(life, slot, space, isMember ? undefined : join, arrival)
  }

  async #attach(
    life: Life,
    slot: number,
    space: Space,
    join: JoinIntent | undefined,
    arrival?: ArrivalIntent,
  ): Promise<void> {
    const kv = prefixedKv(this.#kv, utf8(`s${slot}/sync/`))
    const views = prefixedKv(this.#kv, utf8(`s${slot}/view/`))
    const isNew = join !== undefined || arrival !== undefined
    if (this.#doubted.has(slot) || (this.#isWary && isNew)) this.#doubt(slot, space, isNew)
    const logger = this.#world.loggerFor(this)
    const { clock, isLater } = this
    const learns = this.#options.skipsLearning !== true
    const { ledger } = this.#options
    const simSpace = await SimSpace.open(space, views, logger, { clock, isLater, learns, ledger })
    life.spaces.set(slot, simSpace)
    await life.engine.add(space, this.identity.deviceSigner, kv, join, arrival)
  }

  /** As a peer does that finds its folder copied or put back. */
  #doubt(slot: number, space: Space, isNew: boolean): void {
    this.#doubted.delete(slot)
    if (!isNew && !isShared(space)) return
    this.#doubted.add(slot)
    space.ownLogDoubt.raise()
    space.subscribe(({ kind }) => {
      if (kind !== 'trusted' || !this.#doubted.delete(slot)) return
      this.#world.reached.count('restored device made whole by others')
    })
  }

  #ports(slot: number): SpacePorts {
    return {
      disk: scopedDisk(this.#usedDisk, `s${slot}`),
      kv: prefixedKv(this.#kv, utf8(`s${slot}/space/`)),
      crypto: this.#crypto,
      random: this.#random,
      clock: this.clock,
      logger: this.#world.loggerFor(this),
      metrics: silentMetrics,
      rulesKnown: this.#isLater ? LATER_RULES : RULES_VERSION,
    }
  }

  /** Bytes in the files that hold entries: opening makes them fewer only by cutting off a torn tail. */
  #segmentBytes(): number {
    let bytes = 0
    for (const [path, content] of this.disk.files()) {
      if (path.endsWith('.seg')) bytes += content.length
    }
    return bytes
  }

  #running(): Life {
    if (this.#life === undefined) throw new Error(`${this.name} is not running`)
    return this.#life
  }

  #noteBans(life: Life): void {
    for (const peer of life.net.banned) this.bannedPeers.add(peer)
  }

  /** A life that has ended never hears of the sync it waits for. */
  async #syncDelay(): Promise<void> {
    const life = this.#lives
    const { syncMeanMs } = this.#options
    if (syncMeanMs > 0) {
      await this.#world.scheduler.sleep(Math.min(this.#random.exponential(syncMeanMs), 5_000))
    }
    await this.gate.pass()
    if (this.#life === undefined || this.#lives !== life) await FOREVER
  }
}
