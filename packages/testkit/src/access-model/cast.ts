/**
 * The people of the access model: real keys and certificates, made once and shared by a million graphs.
 *
 * Signing and verifying would be nearly all of the work, so every signature is made once, and the answer of the verifier
 * for the same bytes is kept. Ids of entries come from a few fixed series for the same reason: what is signed about them
 * recurs.
 */

import { bytesToId, utf8 } from '@hamlet/core'
import type { Crypto, DeviceId, EntryId, InviteId, PersonId, Signer, SpaceId } from '@hamlet/core'
import { certifyDevice, claimDevice, encodeDeviceCertificate, signDomain } from '@hamlet/identity'
import { createJoinRequest, deviceStatement, ownerVoteBytes } from '@hamlet/space'
import { SeededRandom } from '../simulator/seeded-random.ts'
import { shareCrypto } from '../simulator/shared-crypto.ts'

export const PEOPLE = 6
const DEVICES_EACH = 2
const SERIES = 16

export interface CastDevice {
  readonly index: number
  readonly person: PersonId
  readonly device: DeviceId
  readonly signer: Signer
  readonly certificate: Uint8Array
  readonly isFirst: boolean
}

export class Cast {
  readonly crypto: Crypto
  readonly devices: readonly CastDevice[]
  readonly inviteSigner: Signer
  readonly #roots = new Map<PersonId, Signer>()
  readonly #signatures = new Map<string, Uint8Array>()
  readonly #ids: readonly EntryId[][]

  constructor(crypto: Crypto) {
    this.crypto = shareCrypto(crypto)
    const random = new SeededRandom(1)
    this.inviteSigner = crypto.signer(random.bytes(32))
    this.devices = Array.from({ length: PEOPLE }, () => crypto.signer(random.bytes(32))).flatMap(
      (root, who) => this.#devicesOf(root, who, random),
    )
    this.#ids = Array.from({ length: SERIES }, () => [])
  }

  /** The id of the n-th entry of a series. */
  id(series: number, n: number): EntryId {
    const ids = this.#ids[series % SERIES]!
    ids[n] ??= bytesToId<EntryId>(this.crypto.hash(utf8(`${series % SERIES}/${n}`)))
    return ids[n]
  }

  devicesOf(person: PersonId): readonly CastDevice[] {
    return this.devices.filter((device) => device.person === person)
  }

  /** A request of a device; the same for the same nonce. */
  paper(space: SpaceId, invite: InviteId, joiner: CastDevice, nonce: number): Uint8Array {
    return this.#once(`paper ${invite} ${joiner.index} ${nonce}`, () => {
      const { person, certificate, signer } = joiner
      return createJoinRequest(
        { crypto: this.crypto, random: new SeededRandom(nonce * 100 + joiner.index) },
        { inviteSigner: this.inviteSigner, requestKey: new Uint8Array(32), device: signer },
        { space, invite, person, certificate, name: 'x' },
      )
    })
  }

  vote(space: SpaceId, tenure: EntryId, next: PersonId, voter: CastDevice): Uint8Array {
    return this.#once(`vote ${tenure} ${next} ${voter.index}`, () => {
      return signDomain(voter.signer, 'owner-transfer', ownerVoteBytes(space, tenure, next))
    })
  }

  rootRevocation(
    space: SpaceId,
    point: { readonly device: DeviceId; readonly length: number; readonly id: EntryId | undefined },
  ): Uint8Array {
    const { person } = this.devices.find(({ device }) => device === point.device)!
    return this.#once(`revoke ${space} ${point.device} ${point.length} ${point.id}`, () => {
      const root = this.#roots.get(person)!
      return signDomain(root, 'device-revoke', deviceStatement(space, point))
    })
  }

  #devicesOf(root: Signer, who: number, random: SeededRandom): CastDevice[] {
    const person = bytesToId<PersonId>(root.publicKey)
    this.#roots.set(person, root)
    // Some people have certificates of before there were recovery keys.
    const key = this.crypto.agreementKey(random.bytes(32))
    const recovery = who % 2 === 0 ? key : undefined
    return Array.from({ length: DEVICES_EACH }, (_, i) => {
      const signer = this.crypto.signer(random.bytes(32))
      const prekey = this.crypto.agreementKey(random.bytes(32))
      const facts = { person, prekey, prekeySerial: 0, createdAtMs: 0 }
      const certificate = encodeDeviceCertificate(
        certifyDevice(root, claimDevice(signer, facts), recovery),
      )
      const device = bytesToId<DeviceId>(signer.publicKey)
      const index = who * DEVICES_EACH + i
      return { index, person, device, signer, certificate, isFirst: i === 0 }
    })
  }

  #once(key: string, make: () => Uint8Array): Uint8Array {
    const known = this.#signatures.get(key)
    if (known !== undefined) return known
    const made = make()
    if (this.#signatures.size > 500_000) this.#signatures.clear()
    this.#signatures.set(key, made)
    return made
  }
}
