/** The entry that says something about backups: the inverse of `decodeVault`. The caller has checked the limits. */

import { idToBytes } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import type { ContentDraft } from '@hamlet/space'
import { manifestValue, objectIdBytes } from '../objects/object-manifest.ts'
import { decodeVault, FAULTS, HELD_REASONS } from './content.ts'
import type { HeldShards, HolderProof, PlacedObject, VaultContent } from './content.ts'
import { VaultError } from './errors.ts'

/** @throws VaultError `VAULT_BAD_ENTRY` for what others would not take */
export function vaultDraft(content: VaultContent): ContentDraft {
  const draft = { type: TYPES[content.kind], value: valueOf(content) }
  if (decodeVault(draft.type, draft.value) !== undefined) return draft
  throw new VaultError('VAULT_BAD_ENTRY', `${draft.type} is beyond what others take`)
}

const TYPES: Readonly<Record<VaultContent['kind'], string>> = {
  pledge: 'vault.pledge.read',
  accept: 'vault.accept',
  objects: 'vault.objects',
  assign: 'vault.assign',
  held: 'vault.held.read',
  leave: 'vault.leave.read',
  remove: 'vault.remove',
  renew: 'vault.renew',
  grant: 'vault.grant',
  claim: 'vault.claim.read',
  fault: 'vault.fault.read',
  proven: 'vault.proven.read',
  key: 'vault.key',
  catalog: 'vault.catalog',
}

function valueOf(content: VaultContent): CborValue {
  switch (content.kind) {
    case 'pledge':
      return [idToBytes(content.to), content.bytes, content.untilMs, content.household]
    case 'accept':
      return [idToBytes(content.pledge)]
    case 'objects':
      return [content.objects.map(placedValue)]
    case 'assign':
      return [
        content.assignments.map(({ object, shard, device }): CborValue => {
          return [objectIdBytes(object), shard, idToBytes(device)]
        }),
      ]
    case 'held':
      return [content.held.map(heldValue)]
    case 'leave':
    case 'renew':
      return [content.untilMs]
    case 'remove':
      return [content.objects.map(objectIdBytes), content.isRemoved]
    case 'grant':
      return [content.bytes, content.untilMs]
    case 'claim':
      return [objectIdBytes(content.object), content.shard, content.untilMs]
    case 'fault':
      return faultValue(content)
    case 'proven':
      return [content.proofs.map(proofValue)]
    case 'key':
      return [content.sealedKeys]
    case 'catalog':
      return [content.sealedOperations]
  }
}

/** As `vault.objects` carries it. */
export function placedValue({ manifest, places }: PlacedObject): CborValue {
  const fields = manifestValue(manifest) as readonly CborValue[]
  return [...fields, places.map(({ shard, device }): CborValue => [shard, idToBytes(device)])]
}

function heldValue({ object, shards, why }: HeldShards): CborValue {
  return [objectIdBytes(object), [...shards], HELD_REASONS.indexOf(why)]
}

function faultValue(content: Extract<VaultContent, { kind: 'fault' }>): CborValue {
  const { object, shard, device, fault, evidence } = content
  return [objectIdBytes(object), shard, idToBytes(device), FAULTS.indexOf(fault), evidence]
}

function proofValue({ device, atMs, answers, failures }: HolderProof): CborValue {
  return [idToBytes(device), atMs, answers, failures]
}
