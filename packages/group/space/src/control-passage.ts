/**
 * Passages: operations by which a device comes to hold keys, or stops holding them.
 *
 * An epoch may leave somebody out for two reasons: its maker knew that they are out, or had not heard that they came.
 * Recipients look the same either way, but in the second case somebody else, who has heard that they came and not yet that
 * they went, may still give them the secret. So an epoch is fit for a writer who knows that somebody is out only if its
 * maker knew of their coming and going: then everybody who knows the epoch does.
 */

import type { DeviceId } from '@hamlet/core'
import { includesControl } from './control-past.ts'
import type { ControlPast } from './control-past.ts'
import type { ControlNode } from './control-node.ts'
import type { ControlState } from './control-state.ts'

export function isPassage({ operation, verdict }: ControlNode): boolean {
  if (!verdict.authorised) return false
  switch (operation.name) {
    case 'admit':
      return operation.role !== 'relay'
    case 'demote':
      return operation.role === 'relay'
    case 'device-add':
    case 'remove':
    case 'leave':
    case 'device-revoke':
      return true
    default:
      return false
  }
}

/** `made`: the past in which an epoch was made; `seen`: that of whoever wants to write, which gives `state`. */
export function knowsWhoIsOut(
  passages: readonly ControlNode[],
  made: ControlPast,
  seen: ControlPast,
  state: ControlState,
): boolean {
  return passages.every((node) => {
    const { deviceIndex, ordinal } = node
    if (!includesControl(seen, deviceIndex, ordinal)) return true
    return includesControl(made, deviceIndex, ordinal) || !putsOut(node, state)
  })
}

/** Whether it is by this operation, or in spite of it, that somebody holds no keys in a state. */
function putsOut({ id, operation, certificate }: ControlNode, state: ControlState): boolean {
  switch (operation.name) {
    case 'admit': {
      const request = state.requests.get(operation.request)
      return request === undefined || !isIn(state, request.device)
    }
    case 'device-add':
      return certificate === undefined || !state.members.has(certificate.person)
    default:
      return !state.voided.has(id)
  }
}

function isIn(state: ControlState, device: DeviceId): boolean {
  const owner = state.owners.get(device)
  return owner !== undefined && state.members.get(owner)?.role !== 'relay'
}
