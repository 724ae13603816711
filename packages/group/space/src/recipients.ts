/**
 * To whom an epoch secret is sealed: to each device of a member by its prekey, and to each person by the key that their
 * recovery words give. The latter stands in the list under the person's id, so that anybody can check that nobody was left
 * out or smuggled in, and whoever comes back with nothing but the words opens what they may read from any copy of the logs.
 *
 * The recovery key is in the person's device certificates, signed by their root key. Somebody whose certificates are all of
 * the version without it has no such recipient.
 */

import type { DeviceId, PersonId } from '@hamlet/core'
import type { RecipientId } from './control-operation.ts'
import { isKeyHolder } from './control-state.ts'
import type { ControlState, MemberState } from './control-state.ts'

export interface Recipient {
  readonly id: RecipientId
  /** X25519 public key that the secret is sealed to. */
  readonly publicKey: Uint8Array
}

/** Whom a device certificate vouches for. */
export interface CertifiedKeys {
  readonly person: PersonId
  readonly device: DeviceId
  readonly prekey: Uint8Array
  readonly recovery?: Uint8Array | undefined
}

/** Whether what is written stays. */
export type Lasting = Pick<ControlState, 'ephemeral'>

/** Of all members of rank reader and above, ascending: an epoch made in this state is sealed to exactly these. */
export function recipientsOf(state: ControlState): readonly Recipient[] {
  const members = [...state.members.values()].filter(isKeyHolder)
  const devices = members.flatMap((member) => member.devices).map(toRecipient)
  return distinct([...devices, ...members.flatMap((member) => recoveryIn(state, member))])
}

export function recipientsOfMember(state: Lasting, member: MemberState): readonly Recipient[] {
  return distinct([...member.devices.map(toRecipient), ...recoveryIn(state, member)])
}

/** A new device, and the person with it. */
export function recipientsBy(state: Lasting, certified: CertifiedKeys): readonly Recipient[] {
  return distinct([toRecipient(certified), ...recoveryIn(state, certified)])
}

/** Ascending. Somebody may have made one key a device's and a person's: the first of two counts. */
export function distinct(recipients: readonly Recipient[]): readonly Recipient[] {
  const byId = new Map<RecipientId, Recipient>()
  for (const recipient of recipients) {
    if (!byId.has(recipient.id)) byId.set(recipient.id, recipient)
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** The member a recipient is a device or the recovery key of. */
export function memberBy(state: ControlState, id: RecipientId): MemberState | undefined {
  return state.members.get(state.owners.get(id as DeviceId) ?? (id as PersonId))
}

function toRecipient({ device, prekey }: Pick<CertifiedKeys, 'device' | 'prekey'>): Recipient {
  return { id: device, publicKey: prekey }
}

/** Where messages disappear the words open none of them: nothing may open an epoch for ever. */
function recoveryIn(
  { ephemeral }: Lasting,
  { person, recovery }: Pick<CertifiedKeys, 'person' | 'recovery'>,
): Recipient[] {
  if (recovery === undefined || ephemeral !== undefined) return []
  return [{ id: person, publicKey: recovery }]
}
