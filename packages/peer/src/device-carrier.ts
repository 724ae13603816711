/**
 * Writing a person's certified device into the spaces here, and saying how it finds them.
 *
 * Anybody may carry a device into a space in which its person is a member: what makes it count is the signature of the
 * person's root key on its certificate, which every member checks.
 *
 * Invariant: a device that was revoked in any space here, or is remembered as revoked, is carried nowhere and told of
 * nothing.
 */

import { errorCode } from '@hamlet/core'
import type { DeviceId, PersonId } from '@hamlet/core'
import type { DeviceCertificate } from '@hamlet/identity'
import type { MeetingTicket } from '@hamlet/identity/linking'
import { TICKET_HINTS_MAX, TICKET_SECRETS_MAX } from '@hamlet/identity/linking'
import { linkHints } from './link-hints.ts'
import type { PeerPorts } from './peer-ports.ts'
import type { SpaceRuntime } from './space-runtime.ts'

export class DeviceCarrier {
  readonly #ports: PeerPorts
  readonly #runtimes: () => readonly SpaceRuntime[]
  readonly #isRemembered: (device: DeviceId) => boolean

  /** `isRemembered`: whether a device is known to be revoked, whatever the spaces here say. */
  constructor(
    ports: PeerPorts,
    runtimes: () => readonly SpaceRuntime[],
    isRemembered: (device: DeviceId) => boolean,
  ) {
    this.#ports = ports
    this.#runtimes = runtimes
    this.#isRemembered = isRemembered
  }

  /** Members of the spaces here. */
  people(): ReadonlySet<PersonId> {
    const members = this.#runtimes().flatMap(({ space }) => space.members())
    return new Set(members.map(({ person }) => person))
  }

  isRevoked(device: DeviceId): boolean {
    if (this.#isRemembered(device)) return true
    return this.#runtimes().some(({ space }) => space.controlState().revokedDevices.has(device))
  }

  /** A ticket for every space that knows the device afterwards. `bytes`: its certificate, which must have been opened. */
  async carry(
    certificate: DeviceCertificate,
    bytes: Uint8Array,
  ): Promise<readonly MeetingTicket[]> {
    const { person, device } = certificate
    if (this.isRevoked(device)) return []
    const tickets: MeetingTicket[] = []
    for (const runtime of this.#runtimes()) {
      const { space } = runtime
      if (space.role(person) === undefined) continue
      if (space.deviceOwner(device) === undefined) await this.#add(runtime, bytes)
      if (space.deviceOwner(device) === person) tickets.push(await this.#ticket(runtime))
    }
    return tickets
  }

  /** A space that cannot be written now leaves the others be; the device asks again. */
  async #add({ space }: SpaceRuntime, certificate: Uint8Array): Promise<void> {
    try {
      await space.addDevice(certificate)
    } catch (error) {
      this.#ports.logger.warn('a device was not written into a space', {
        ...{ space: space.id, code: errorCode(error), reason: String(error) },
      })
    }
  }

  async #ticket(runtime: SpaceRuntime): Promise<MeetingTicket> {
    const { space } = runtime
    // Who only stores has no secrets of the space, and is met by the keys of its invitations.
    const own = space.discoverySecrets()
    const secrets = own.length > 0 ? own : space.meetKeys()
    const hints = linkHints(this.#ports.network, new Set(space.memberDevices()))
    return {
      space: space.id,
      founder: space.founderDevice,
      name: await runtime.name(),
      secrets: secrets.slice(0, TICKET_SECRETS_MAX),
      hints: hints.slice(0, TICKET_HINTS_MAX),
    }
  }
}
