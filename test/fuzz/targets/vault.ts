/** Targets of backups: entries, messages of audits, and goals in words. */

import { isDeepStrictEqual } from 'node:util'
import { encodeCbor } from '@hamlet/core'
import { bytesToText, judgeDecoder, require, requireTyped } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import {
  decodeAuditMessage,
  decodeVault,
  encodeAuditMessage,
  goalText,
  parseGoal,
  VAULT_TYPES,
  vaultDraft,
} from '@hamlet/vault'
import type { AuditMessage, VaultContent } from '@hamlet/vault'
import { filled, filledId, texts } from '../_material.ts'
import { decodeTyped } from '../_typed.ts'

const SOURCE = 'packages/features/vault/src'
const object = filledId(1)
const device = filledId(2)
const manifest = { needed: 1, total: 2, cipherBytes: 1000, roots: [filled(3), filled(4)] }

const CONTENTS: readonly VaultContent[] = [
  {
    ...{ kind: 'pledge', to: filledId(5) },
    ...{ bytes: 10_000, untilMs: 0, household: 'Mill Lane' },
  },
  { kind: 'accept', pledge: filledId(6) },
  { kind: 'objects', objects: [{ manifest, places: [{ shard: 1, device }] }] },
  { kind: 'assign', assignments: [{ object, shard: 1, device }] },
  { kind: 'held', held: [{ object, shards: [0, 1], why: 'none' }] },
  { kind: 'leave', untilMs: 1 },
  { kind: 'remove', objects: [object], isRemoved: true },
  { kind: 'renew', untilMs: 2 },
  { kind: 'grant', bytes: 3, untilMs: 4 },
  { kind: 'claim', object, shard: 1, untilMs: 5 },
  { kind: 'fault', object, shard: 1, device, fault: 'missing', evidence: filled(7) },
  { kind: 'proven', proofs: [{ device, atMs: 6, answers: 5, failures: 1 }] },
  { kind: 'key', sealedKeys: filled(8) },
  { kind: 'catalog', sealedOperations: filled(9) },
]

function encodeTyped(content: VaultContent): Uint8Array {
  const { type, value } = vaultDraft(content)
  return encodeCbor([type, value])
}

/** An input is `[type, value]`, as a content is. */
const content: FuzzTarget = {
  name: 'vault/content',
  decoders: [
    `${SOURCE}/entries/content.ts#decodeVault`,
    `${SOURCE}/objects/object-manifest.ts#manifestFields`,
  ],
  form: 'cbor',
  seeds: CONTENTS.map(encodeTyped),
  words: texts(...VAULT_TYPES.keys()),
  run: (input) => judgeDecoder(input, decodeTyped(decodeVault), { encode: encodeTyped }),
}

const MESSAGES: readonly AuditMessage[] = [
  { type: 'leaves', id: 1, object, shard: 2, nonce: filled(3), count: 5 },
  { type: 'whole', id: 2, object, shard: 0, nonce: filled(4) },
  { type: 'proof', id: 3, leaves: [{ leaf: 7, bytes: filled(5), path: [filled(6), filled(7)] }] },
  { type: 'tag', id: 4, tag: filled(8) },
  { type: 'no', id: 5, why: 'missing' },
]

const audits: FuzzTarget = {
  name: 'vault/audit',
  decoders: [`${SOURCE}/audit/audit-message.ts#decodeAuditMessage`],
  form: 'cbor',
  seeds: MESSAGES.map(encodeAuditMessage),
  run: (input) =>
    judgeDecoder(input, decodeAuditMessage, { codes: /^CBOR_/, encode: encodeAuditMessage }),
}

const goal: FuzzTarget = {
  name: 'vault/goal',
  decoders: [`${SOURCE}/plan/goal.ts#parseGoal`],
  form: 'text',
  seeds: texts(
    'readable 99 % of the time, survives losing any 2 people',
    'survives the loss of one household; lost at most 1 in 1000000 a year',
    'readable at least 99.9 percent and costs up to 2.5 times the size',
  ),
  words: texts('readable', 'survives losing any', 'people', 'lost at most', 'costs', '%', ' and '),
  bytesMax: 400,
  run(input) {
    const parsed = parseGoal(bytesToText(input))
    if (!parsed.ok) {
      requireTyped(parsed.error, /^VAULT_BAD_GOAL$/)
      return 'refused'
    }
    const again = parseGoal(goalText(parsed.value))
    require(again.ok, 'its own words are not understood')
    require(isDeepStrictEqual(again.value, parsed.value), 'another goal')
    return 'accepted'
  },
}

export const targets: readonly FuzzTarget[] = [content, audits, goal]
