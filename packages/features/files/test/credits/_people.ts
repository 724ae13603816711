/** People with devices who make receipts, with real keys and fixed chance. */

import { bytesToId, hexToBytes } from '@hamlet/core'
import type { Crypto, DeviceId, PersonId, Signer, SpaceId } from '@hamlet/core'
import { createIdentity, openIdentity } from '@hamlet/identity'
import type { DeviceCertificate } from '@hamlet/identity'
import { createNodeCrypto } from '@hamlet/identity/node'
import {
  blindSwarm,
  countersignReceipt,
  digestPieces,
  receiptId,
  signReceipt,
} from '@hamlet/files/credits'
import type { JudgeContext, Receipt, ReceiptFacts, SignedReceipt } from '@hamlet/files/credits'

export const crypto: Crypto = createNodeCrypto()
export const NOW_MS = 1_800_000_000_000
export const MIB = 2 ** 20
export const CHUNK = 262_144
export const GROUP = bytesToId<SpaceId>(new Uint8Array(32).fill(0x60))
export const SECRET = new Uint8Array(32).fill(0x5e)

export interface TestDevice {
  readonly device: DeviceId
  readonly person: PersonId
  readonly signer: Signer
  readonly certificate: DeviceCertificate
}

/** `entropy`: of the person; the same gives another device of the same person. */
export function testDevice(seed: number, entropy: number = seed): TestDevice {
  let counter = 0
  const random = {
    bytes: (count: number) => {
      const block = crypto.hash(Uint8Array.of(seed >> 8, seed, counter++))
      return Uint8Array.from({ length: count }, (_, i) => block[i % 32]!)
    },
  }
  const personEntropy = crypto.hash(Uint8Array.of(0xee, entropy >> 8, entropy))
  const keys = createIdentity(crypto, random, { nowMs: NOW_MS, personEntropy })
  const { device, person, deviceSigner: signer, certificate } = openIdentity(crypto, keys)
  return { device, person, signer, certificate }
}

export const anna = testDevice(1)
export const ben = testDevice(2)
export const cleo = testDevice(3)
export const annasPhone = testDevice(4, 1)

export function personOf(devices: readonly TestDevice[]) {
  const people = new Map(devices.map(({ device, person }) => [device, person]))
  return (device: DeviceId) => people.get(device)
}

export function topic(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte)
}

export const SWARM = blindSwarm(crypto, SECRET, topic(1))

/** One receipt after another; each of whole chunks. */
export function factsAfter(
  payer: TestDevice,
  payee: TestDevice,
  previous: SignedReceipt | undefined,
  change: Partial<ReceiptFacts> & { readonly chunks?: number } = {},
): ReceiptFacts {
  const { chunks = 4, ...rest } = change
  const pieces = Array.from({ length: chunks }, (_, i) => (previous?.seq ?? 0) * 100 + i)
  const startMs = previous?.windowEndMs ?? NOW_MS
  return {
    group: GROUP,
    swarm: SWARM,
    payer: payer.device,
    payerPerson: payer.person,
    payee: payee.device,
    payeePerson: payee.person,
    seq: (previous?.seq ?? 0) + 1,
    totalBytes: (previous?.totalBytes ?? 0) + chunks * CHUNK,
    pieceCount: chunks,
    piecesDigest: digestPieces(crypto, rest.swarm ?? SWARM, pieces),
    previous: previous === undefined ? undefined : receiptId(crypto, previous),
    windowStartMs: startMs,
    windowEndMs: startMs + 1000,
    ...rest,
  }
}

export function receiptAfter(
  payer: TestDevice,
  payee: TestDevice,
  previous?: SignedReceipt,
  change: Parameters<typeof factsAfter>[3] = {},
): Receipt {
  const signed = signReceipt(payer.signer, factsAfter(payer, payee, previous, change))
  return countersignReceipt(payee.signer, signed)
}

export function contextOf(change: Partial<JudgeContext> = {}): JudgeContext {
  return {
    crypto,
    mode: 'next',
    isFinal: true,
    nowMs: NOW_MS + 3_600_000,
    personOf: personOf([anna, ben, cleo, annasPhone]),
    ...change,
  }
}

export function fromHex(text: string): Uint8Array {
  return hexToBytes(text.replaceAll(/\s/g, ''))
}
