/**
 * Holdings: a device's signed statement of which entries of a space it holds.
 *
 * The idea: "on 3 of 5 devices" must be something a device has said, not something we guess from having sent it. Each
 * device signs its version vector now and then; the newest statement of each device is passed on by everyone, so a
 * sender learns that a friend's phone has a message even when a third device carried it there. Holdings are not part
 * of any log: they replace each other, and losing one only delays good news.
 *
 * A CBOR array: version 1; space 32 B; device 32 B; serial (greater than the device's last one); items, an array of
 * `[device 32 B, length]` with devices ascending; signature, 64 bytes of Ed25519 over the first five elements with
 * the domain `holding`.
 *
 * Invariants:
 * 1. Of two statements of one device the one with the greater serial counts.
 * 2. A statement is only kept for a device that belongs to a member.
 */

import { bytesToId, decodeCbor, decodeFields, encodeCbor, idToBytes } from '@hamlet/core'
import type { CborError, CborValue, Crypto, DeviceId, Result, Signer, SpaceId } from '@hamlet/core'
import { signDomain, verifyDomain } from '@hamlet/identity'
import type { VersionVector } from '../types.ts'
import { HOLDING_BYTES_MAX, VECTOR_DEVICES_MAX } from './sync-message.ts'

const HOLDING_VERSION = 1
const LIMITS = { bytesMax: HOLDING_BYTES_MAX, itemsMax: 4 * VECTOR_DEVICES_MAX + 16 }
/** Where the device stands in an encoded statement: behind array, version, space, and the head of a byte string. */
const DEVICE_OFFSET = 1 + 1 + 34 + 2

export interface Holding {
  readonly space: SpaceId
  readonly device: DeviceId
  readonly serial: number
  readonly lengths: VersionVector
}

export interface SignedHolding extends Holding {
  readonly signature: Uint8Array
  /** As received or made: what is passed on. */
  readonly encoded: Uint8Array
}

export function signHolding(signer: Signer, holding: Holding): SignedHolding {
  const fields = holdingFields(holding)
  const signature = signDomain(signer, 'holding', encodeCbor(fields))
  return { ...holding, signature, encoded: encodeCbor([...fields, signature]) }
}

/** Strict; the signature is checked by {@link isHoldingValid}. */
export function decodeHolding(bytes: Uint8Array): Result<SignedHolding, CborError> {
  return decodeFields(
    bytes,
    'holding',
    (fields) => {
      fields.literal(HOLDING_VERSION)
      const space = fields.id<SpaceId>()
      const device = fields.id<DeviceId>()
      const serial = fields.uint()
      const items = fields.list(VECTOR_DEVICES_MAX, (item) =>
        item.tuple((pair) => [pair.id<DeviceId>(), pair.uint()] as const),
      )
      if (items.some(([id], i) => i > 0 && id <= items[i - 1]![0])) {
        throw fields.refuse('devices are not ascending')
      }
      const signature = fields.bytes(64)
      return { space, device, serial, lengths: new Map(items), signature, encoded: bytes }
    },
    LIMITS,
  )
}

/** Whether this may be a statement in the form of a later version, which nobody can judge here. */
export function isLaterHolding(bytes: Uint8Array): boolean {
  const decoded = decodeCbor(bytes, LIMITS)
  if (!decoded.ok || !Array.isArray(decoded.value)) return false
  const [version] = decoded.value as readonly CborValue[]
  return typeof version === 'number' && version > HOLDING_VERSION
}

/** Whose statement these bytes are, if they are one. */
export function peekDevice(bytes: Uint8Array): DeviceId | undefined {
  const device = bytes.subarray(DEVICE_OFFSET, DEVICE_OFFSET + 32)
  return device.length === 32 ? bytesToId<DeviceId>(device) : undefined
}

export function isHoldingValid(crypto: Crypto, holding: SignedHolding): boolean {
  const signed = encodeCbor(holdingFields(holding))
  return verifyDomain(crypto, idToBytes(holding.device), 'holding', signed, holding.signature)
}

function holdingFields(holding: Holding): CborValue[] {
  const items = [...holding.lengths]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([device, length]) => [idToBytes(device), length])
  return [
    HOLDING_VERSION,
    idToBytes(holding.space),
    idToBytes(holding.device),
    holding.serial,
    items,
  ]
}
