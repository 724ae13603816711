/**
 * Which devices of a person were revoked in a space, and how much that says elsewhere.
 *
 * A revocation belongs to one space, because it says how much of one log counts. That a device is not the person's any more
 * is true of all their spaces, so their other devices carry it on (`@hamlet/peer`). Not everything that counts here is
 * worth that: in a space that a stolen device joined first it is the oldest. What the root key signed is, and what a
 * device said whose certificate is not younger than the other's: the root key signed that too.
 */

import type { DeviceId, PersonId } from '@hamlet/core'
import type { ControlGraph } from './control-graph.ts'

export interface OwnRevocation {
  readonly device: DeviceId
  /** Which device of the person said so. */
  readonly by: DeviceId
  /** By the root key, or by a device that was certified no later. */
  readonly isForAllSpaces: boolean
}

/** Revocations that count, of devices certified by this person. */
export function listRevocations(graph: ControlGraph, person: PersonId): OwnRevocation[] {
  const { voided } = graph.current
  const madeAtMs = certificationTimes(graph, person)
  const found: OwnRevocation[] = []
  for (const { id, operation, device: by, verdict } of graph.nodes()) {
    if (operation.name !== 'device-revoke' || !verdict.authorised || voided.has(id)) continue
    const { device, rootSignature } = operation
    const [targetMs, authorMs] = [madeAtMs.get(device), madeAtMs.get(by)]
    if (targetMs === undefined) continue
    const isOlder = authorMs !== undefined && authorMs <= targetMs
    found.push({ device, by, isForAllSpaces: rootSignature !== undefined || isOlder })
  }
  return found
}

function certificationTimes(graph: ControlGraph, person: PersonId): Map<DeviceId, number> {
  const times = new Map<DeviceId, number>()
  for (const { certificate } of graph.nodes()) {
    if (certificate?.person !== person) continue
    const known = times.get(certificate.device) ?? Infinity
    times.set(certificate.device, Math.min(known, certificate.createdAtMs))
  }
  return times
}
