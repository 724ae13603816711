/**
 * Who lacks the secret of an epoch that they may read, and whose turn it is to give it.
 *
 * Somebody rotates while somebody else lets a member or a device in: neither knew of the other, so the newcomer is no
 * recipient of the new epoch. Or a seal turns out to be wrong. All of that stands in the open, so every device can see who
 * is left out, and any that has the secret can give it by a `seals` operation.
 *
 * So that not all do it at once they take turns, in an order that follows from the epoch: writers before readers, then by
 * a hash. Turn k is that of 2^k devices. If a share f of them is within reach, the first of these comes about at place
 * 1/f, in a turn of about 1/f devices, of which about one is within reach: few write the same, and the last turn of 500
 * devices is the ninth.
 *
 * A pure function of the state, but for the question which secrets are known here.
 */

import { bytesToHex, idToBytes } from '@hamlet/core'
import type { Crypto, DeviceId, EpochId } from '@hamlet/core'
import type { RecipientId } from './control-operation.ts'
import { isKeyHolder } from './control-state.ts'
import type { ControlState, EpochState, MemberState } from './control-state.ts'
import { compareEpochs, epochHeads, mayOpen } from './epochs.ts'
import type { IsReleased } from './epochs.ts'
import { distinct, recipientsOfMember } from './recipients.ts'
import type { Recipient } from './recipients.ts'
import { RANK_BY_ROLE } from './types.ts'

export interface LeftOut {
  readonly epoch: EpochState
  /** Devices and recovery keys of members that may have its secret and cannot open it, ascending. */
  readonly recipients: readonly Recipient[]
}

/** Of the epochs known here, deepest first. */
export function findLeftOut(
  state: ControlState,
  isKnown: (epoch: EpochId) => boolean,
  isReleased: IsReleased = () => true,
): readonly LeftOut[] {
  const members = [...state.members.values()].filter(isKeyHolder)
  const openers = openersByEpoch(state)
  return [...openers.keys()]
    .filter(({ id }) => isKnown(id))
    .sort(compareEpochs)
    .map((epoch) => {
      const entitled = members.filter((member) => mayOpen(state, epoch, member, isReleased))
      return { epoch, recipients: leftOutOf(state, epoch, openers.get(epoch)!, entitled) }
    })
    .filter(({ recipients }) => recipients.length > 0)
}

/** In how many turns a device is to give an epoch's secret; 0 is at once. */
export function turnOf(
  crypto: Crypto,
  state: ControlState,
  epoch: EpochState,
  device: DeviceId,
): number {
  const givers = [...state.members.values()]
    .filter(isKeyHolder)
    .flatMap(({ role, devices }) => devices.map((each) => ({ device: each.device, role })))
    .filter((giver) => epoch.recipients.has(giver.device) && !isWronged(state, epoch, giver.device))
    .map((giver) => ({ ...giver, isWriter: RANK_BY_ROLE[giver.role] >= RANK_BY_ROLE.writer }))
  const own = givers.find((giver) => giver.device === device)
  // Who knows it in another way gives it when all others are away.
  if (own === undefined) return Math.floor(Math.log2(givers.length + 1))
  const keyOf = (giver: DeviceId): string => orderKey(crypto, epoch.id, giver)
  const ownKey = keyOf(device)
  const before = givers.filter(({ device: other, isWriter }) => {
    return isWriter === own.isWriter ? keyOf(other) < ownKey : isWriter
  })
  return Math.floor(Math.log2(before.length + 1))
}

function orderKey(crypto: Crypto, epoch: EpochId, device: DeviceId): string {
  return bytesToHex(crypto.hash(idToBytes(epoch), idToBytes(device)))
}

function leftOutOf(
  state: ControlState,
  epoch: EpochState,
  openers: ReadonlySet<RecipientId>,
  members: readonly MemberState[],
): readonly Recipient[] {
  const all = distinct(members.flatMap((member) => recipientsOfMember(state, member)))
  return all.filter(({ id }) => !openers.has(id) || isWronged(state, epoch, id))
}

/** Whether a recipient has said that its seal is wrong, and nobody has given it another. */
function isWronged(state: ControlState, { id }: EpochState, to: RecipientId): boolean {
  return state.complaints.get(id)?.get(to as DeviceId)?.isAnswered === false
}

/**
 * The epochs that have to be given one by one, with who opens them. Where all is promised to all those are the
 * newest: they lead to the others.
 */
function openersByEpoch(state: ControlState): Map<EpochState, ReadonlySet<RecipientId>> {
  if (state.history === 'all') {
    return new Map(epochHeads(state).map((head) => [head, head.recipients]))
  }
  const openers = new Map<EpochState, Set<RecipientId>>()
  for (const epoch of [...state.epochs.values()].sort(compareEpochs)) {
    const own = openers.get(epoch) ?? new Set()
    for (const id of epoch.recipients) own.add(id)
    openers.set(epoch, own)
    for (const id of epoch.chain === undefined ? [] : epoch.parents) {
      const parent = state.epochs.get(id)
      if (parent === undefined) continue
      const inherited = openers.get(parent) ?? new Set()
      for (const recipient of own) inherited.add(recipient)
      openers.set(parent, inherited)
    }
  }
  return openers
}
