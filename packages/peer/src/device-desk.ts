/**
 * A person's devices, as the API shows them: listing, naming, revoking, linking another, and recovering from the words.
 */

import { parseId } from '@hamlet/core'
import type { DeviceId, Signer } from '@hamlet/core'
import type { DeviceLink, DeviceReset, DeviceRevocation } from '@hamlet/http/api'
import type { OwnDevice, Recovery } from '@hamlet/http/api'
import { wordsToEntropy } from '@hamlet/identity'
import { TICKET_HINT_BYTES_MAX } from '@hamlet/identity/linking'
import type { Space, SyncEngine } from '@hamlet/space'
import { ArrivalDesk } from './arrival-desk.ts'
import { BackupDesk } from './backup-desk.ts'
import { DeviceCarrier } from './device-carrier.ts'
import type { Doubts } from './doubts.ts'
import { PeerError } from './errors.ts'
import type { JoinDesk } from './join-desk.ts'
import { LinkDesk } from './link-desk.ts'
import type { PeerIdentity } from './peer-identity.ts'
import type { PeerPorts } from './peer-ports.ts'
import { SEARCH_ADDRESSES_MAX } from './peer-state.ts'
import type { PeerStateFile } from './peer-state.ts'
import { RecoveryDesk } from './recovery-desk.ts'
import { RevocationDesk } from './revocation-desk.ts'
import type { SpaceRegistry } from './space-registry.ts'
import type { SpaceRuntime } from './space-runtime.ts'

export interface DeviceHost {
  readonly ports: PeerPorts
  readonly identity: PeerIdentity
  readonly state: PeerStateFile
  readonly doubts: Doubts
  readonly sync: SyncEngine
  readonly spaces: SpaceRegistry
  readonly joins: JoinDesk
  /** Whose this device is, or what it is called, changed. */
  identityChanged(): void
  /** Devices, links or recoveries changed. */
  changed(): void
  arrivalsChanged(): void
}

export class DeviceDesk {
  readonly arrivals: ArrivalDesk
  readonly #host: DeviceHost
  readonly #link: LinkDesk
  readonly #recovery: RecoveryDesk
  readonly #backups: BackupDesk
  readonly #revocations: RevocationDesk

  constructor(host: DeviceHost) {
    this.#host = host
    const { ports, identity, state, doubts, sync, spaces, joins } = host
    this.#revocations = new RevocationDesk({
      ...{ ports, identity, state },
      spaces: () => this.#runtimes().map(({ space }) => space),
    })
    const carrier = new DeviceCarrier(
      ports,
      () => this.#runtimes(),
      (device) => this.#revocations.has(device),
    )
    this.arrivals = new ArrivalDesk({
      ...{ ports, state, doubts, sync },
      spaceIdentity: () => identity.forSpaces,
      spacePorts: (id) => spaces.spacePorts(id),
      spaceKv: (id) => spaces.spaceKv(id),
      hasSpace: (id) => spaces.has(id),
      endJoin: (id) => joins.cancel(id),
      prepare: (id) => spaces.prepare(id),
      arrived: (space) => spaces.join(space),
      changed: () => host.arrivalsChanged(),
    })
    const shared = { ports, identity, state, carrier, arrivals: this.arrivals }
    this.#recovery = new RecoveryDesk({
      ...shared,
      ownDevices: () => this.#ownDevices(),
      changed: () => host.changed(),
    })
    this.#backups = new BackupDesk({
      ...{ ports, identity, state },
      runtimes: () => this.#runtimes(),
      search: (addresses) => this.#recovery.search(addresses),
    })
    this.#link = new LinkDesk({
      ...shared,
      recovery: this.#recovery,
      assertUnused: () => this.#assertUnused(),
      identityChanged: () => host.identityChanged(),
      changed: () => host.changed(),
    })
  }

  /** The person's spaces, their members or the backups in them changed. */
  spacesChanged(): void {
    this.#backups.changed()
    this.#revocations.changed()
  }

  async open(): Promise<void> {
    await this.arrivals.resume()
    await this.#link.open()
    await this.#recovery.open()
    this.#backups.changed()
    this.#revocations.changed()
  }

  async close(): Promise<void> {
    this.#link.close()
    this.#recovery.close()
    await this.#revocations.close()
    await this.#backups.close()
    await this.arrivals.close()
  }

  /** This one first, then the others by id. */
  async list(): Promise<readonly OwnDevice[]> {
    const { ports, state, identity } = this.#host
    const self = identity.current.device
    const connected = new Set(ports.network.net.peers())
    const others = [...this.#ownDevices()].sort()
    const listed = await Promise.all(
      others.map(async (device): Promise<OwnDevice> => {
        const runtimes = this.#runtimesWith(device)
        const lastSeenMs = this.#lastSeenMs(device, runtimes)
        return {
          id: device,
          name: (await runtimes[0]?.deviceName(device)) ?? '',
          thisDevice: false,
          online: connected.has(device),
          spaces: runtimes.length,
          halted: this.#haltedWith(device).length,
          ...(lastSeenMs === undefined ? {} : { lastSeenMs }),
        }
      }),
    )
    const spaces = this.#runtimesWith(self).length
    const name = state.value.deviceName
    const halted = this.#haltedWith(self).length
    return [{ id: self, name, thisDevice: true, online: true, spaces, halted }, ...listed]
  }

  /** In every space; with the root key when it is at hand. */
  async revoke(text: string, words?: string): Promise<DeviceRevocation> {
    const device = this.#otherDevice(text)
    const done = await this.#inEach(this.#runtimesWith(device), words, (space, root) => {
      return space.revokeDevice(device, root)
    })
    if (done.spaces > 0) await this.#revocations.note(device)
    this.#host.changed()
    if (done.spaces === 0 && done.failures.length > 0) {
      const needed = 'That device is older than this one. Type your 24 recovery words to revoke it.'
      throw wordsNeeded(done, needed)
    }
    return { device, spaces: done.spaces, failed: done.failures.length }
  }

  /** Wherever the device wrote two histories; with the root key when it is at hand. */
  async reset(text: string, words?: string): Promise<DeviceReset> {
    const device = this.#otherDevice(text)
    const halted = this.#haltedWith(device)
    if (halted.length === 0) {
      throw new PeerError('DEVICE_NOT_HALTED', 'That device wrote one history everywhere.')
    }
    const done = await this.#inEach(halted, words, (space, root) => space.resetDevice(device, root))
    this.#host.changed()
    if (done.spaces === 0) {
      throw wordsNeeded(done, 'Type your 24 recovery words to let that device write again.')
    }
    return { device, spaces: done.spaces, failed: done.failures.length }
  }

  #otherDevice(text: string): DeviceId {
    const device = parseId<DeviceId>(text)
    if (device !== undefined && this.#ownDevices().has(device)) return device
    throw new PeerError('DEVICE_NOT_FOUND', 'You have no other device of that id.')
  }

  async #inEach(
    runtimes: readonly SpaceRuntime[],
    words: string | undefined,
    act: (space: Space, root: Signer | undefined) => Promise<void>,
  ): Promise<DoneInSpaces> {
    const { identity } = this.#host
    const isRootAtHand = words !== undefined || identity.current.personKeys !== undefined
    const root = isRootAtHand ? identity.personKeys(words).rootSigner : undefined
    const failures: unknown[] = []
    let spaces = 0
    for (const { space } of runtimes) {
      try {
        await act(space, root)
        spaces++
      } catch (error) {
        failures.push(error)
      }
    }
    return { spaces, failures, isRootAtHand }
  }

  /** Spaces in which the device wrote two histories and was not reset. */
  #haltedWith(device: DeviceId): readonly SpaceRuntime[] {
    return this.#runtimesWith(device).filter(({ space }) => {
      return Number.isFinite(space.forkLimit(device))
    })
  }

  startLink(): DeviceLink {
    return this.#link.offer()
  }

  useLinkCode(code: string): DeviceLink {
    return this.#link.use(code)
  }

  get link(): DeviceLink {
    return this.#link.view
  }

  confirmLink(words?: string): DeviceLink {
    return this.#link.confirm(words)
  }

  cancelLink(): void {
    this.#link.cancel()
  }

  get recovery(): Recovery {
    return this.#recovery.view
  }

  async recover(words: string, addresses: readonly string[]): Promise<Recovery> {
    const entropy = wordsToEntropy(words)
    if (!entropy.ok) throw entropy.error
    const checked = addresses.map(checkAddress).slice(0, SEARCH_ADDRESSES_MAX)
    const { identity, state, ports } = this.#host
    this.#assertUnused()
    await this.arrivals.clear()
    await identity.recover(entropy.value, state.value.deviceName, ports.clock.wall())
    this.#host.identityChanged()
    await this.#recovery.search(checked)
    return this.recovery
  }

  async endRecovery(): Promise<void> {
    await this.#recovery.endSearch()
  }

  #runtimes(): readonly SpaceRuntime[] {
    return this.#host.spaces.all().map(({ runtime }) => runtime)
  }

  #runtimesWith(device: DeviceId): readonly SpaceRuntime[] {
    const { person } = this.#host.identity.current
    return this.#runtimes().filter(({ space }) => space.deviceOwner(device) === person)
  }

  #ownDevices(): ReadonlySet<DeviceId> {
    const { person, device } = this.#host.identity.current
    const devices = new Set(this.#runtimes().flatMap(({ space }) => devicesOf(space, person)))
    devices.delete(device)
    return devices
  }

  #lastSeenMs(device: DeviceId, runtimes: readonly SpaceRuntime[]): number | undefined {
    const times = runtimes.flatMap(
      ({ space }) => this.#host.sync.lastSaidAtMs(space.id, device) ?? [],
    )
    return times.length === 0 ? undefined : Math.max(...times)
  }

  #assertUnused(): void {
    const { spaces, joins, state } = this.#host
    const isUsed = state.value.spaces.length > 0 || spaces.all().length > 0 || joins.isBusy
    if (!isUsed) return
    throw new PeerError(
      'DEVICE_IN_USE',
      'This device has spaces of its own already. Use one that is new, or another data directory.',
    )
  }
}

/** What came of an action in several spaces. */
interface DoneInSpaces {
  readonly spaces: number
  readonly failures: readonly unknown[]
  readonly isRootAtHand: boolean
}

/** What to tell a person when an action succeeded nowhere; `needed`: where it would with their words. */
function wordsNeeded({ failures, isRootAtHand }: DoneInSpaces, needed: string): unknown {
  const [error] = failures
  const code = (error as { readonly code?: string } | undefined)?.code
  if (isRootAtHand || code !== 'SPACE_FORBIDDEN') return error
  return new PeerError('WORDS_NEEDED', needed, { cause: error })
}

function devicesOf(space: Space, person: string): readonly DeviceId[] {
  return space.members().find((member) => member.person === person)?.devices ?? []
}

function checkAddress(text: string): string {
  const address = text.trim()
  const isWhole = /^\/[^\s]+\/p2p\/[A-Za-z0-9]+$/.test(address)
  if (isWhole && address.length <= TICKET_HINT_BYTES_MAX) return address
  throw new PeerError(
    'ADDRESS_INVALID',
    'Expected an address like /ip4/192.168.1.20/tcp/4001/p2p/12D3…',
  )
}
