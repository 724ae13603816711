/**
 * Other devices as a person sees them: who is connected, who is in doubt and why, who is refused and until when.
 *
 * What counts against a device is the sync engine's to say (`peer-score.ts` in `space`), how long it is refused the
 * network's (`ban-book.ts`); here both become plain words, and are forgiven together.
 */

import { parseId } from '@hamlet/core'
import type { DeviceId, PersonId } from '@hamlet/core'
import type { PeerInfo, RefusedPeer } from '@hamlet/http/api'
import type { Evidence, SyncEngine } from '@hamlet/space'
import type { PeerNetwork } from './peer-ports.ts'

const DOUBTS: Readonly<Record<Evidence, string>> = {
  garbage: 'It sent bytes that make no sense.',
  forgery: 'It sent something forged.',
  overload: 'It asked for more than its share of work.',
  silence: 'It often does not answer; others are asked first.',
  misfit: 'It sent what this version cannot read.',
  pestering: 'It asked to join too often.',
}

export interface KnownMember {
  readonly person: PersonId
  readonly name: string
}

export class PeerDesk {
  readonly #network: PeerNetwork
  readonly #sync: SyncEngine
  readonly #members: () => Promise<ReadonlyMap<DeviceId, KnownMember>>

  constructor(
    network: PeerNetwork,
    sync: SyncEngine,
    members: () => Promise<ReadonlyMap<DeviceId, KnownMember>>,
  ) {
    this.#network = network
    this.#sync = sync
    this.#members = members
  }

  async peers(): Promise<readonly PeerInfo[]> {
    const members = await this.#members()
    return this.#network.peers().map((peer) => {
      const member = members.get(peer.device as DeviceId)
      const doubt = this.#doubt(peer.device)
      return {
        device: peer.device,
        addresses: [peer.address],
        direction: peer.direction === 'inbound' ? 'in' : 'out',
        route: peer.relayed ? 'relay' : 'direct',
        encryption: peer.encryption,
        sinceMs: peer.sinceMs,
        ...(member === undefined ? {} : { person: member.person, name: member.name }),
        ...(peer.rttMs === undefined ? {} : { roundTripMs: peer.rttMs }),
        ...(doubt === undefined ? {} : { doubt }),
      }
    })
  }

  async refused(): Promise<readonly RefusedPeer[]> {
    const members = await this.#members()
    return this.#network.bans().map(({ device, reason, untilMs, offences: times }) => {
      const member = members.get(device as DeviceId)
      const named = member === undefined ? {} : { person: member.person, name: member.name }
      return { device, ...named, reason, untilMs: Math.round(untilMs), times }
    })
  }

  /** `false`: there was nothing to forgive. */
  forgive(text: string): boolean {
    const device = parseId<DeviceId>(text)
    if (device === undefined) return false
    this.#sync.forgive(device)
    return this.#network.unban(device)
  }

  #doubt(device: string): string | undefined {
    const { verdict, evidence } = this.#sync.standing(device)
    return verdict === 'trusted' || evidence === undefined ? undefined : DOUBTS[evidence]
  }
}
