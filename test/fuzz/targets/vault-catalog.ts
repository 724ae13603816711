/** Targets of catalogs of backups: operations, sealed operations, sealed keys. */

import { equalBytes, hexToBytes, utf8 } from '@hamlet/core'
import { judgeDecoder, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import {
  createVaultKey,
  decodeOperations,
  decodeVaultKey,
  encodeOperations,
  encodeVaultKey,
  openOperations,
  openVaultKey,
  sealOperations,
  sealVaultKey,
} from '@hamlet/vault/catalog'
import type { CatalogOperation } from '@hamlet/vault/catalog'
import { crypto, filledId, fixedRandom, golden } from '../_material.ts'

const SOURCE = 'packages/features/vault/src/catalog'
const GOLDEN = JSON.parse(golden('features/vault/test/golden/catalog-v1.json')) as Record<
  'operations',
  string
>
const random = fixedRandom(7)
const scope = { space: filledId(1), person: filledId(2) }
const key = createVaultKey(crypto, random)
const prekey = random.bytes(32)

const operations: FuzzTarget = {
  name: 'catalog/operations',
  decoders: [`${SOURCE}/operations.ts#decodeOperations`, `${SOURCE}/operations.ts#readContent`],
  form: 'cbor',
  seeds: [hexToBytes(GOLDEN.operations)],
  words: [utf8('..'), utf8('a/b')],
  smokeInputs: 1000,
  run: (input) =>
    judgeDecoder(input, decodeOperations, {
      codes: /^VAULT_BATCH_MALFORMED$/,
      encode: encodeOperations,
    }),
}

const FOLDER: CatalogOperation = {
  kind: 'folder',
  node: '03'.repeat(16) as never,
  parent: undefined,
  name: 'Photos',
}
const sealedSeed = sealOperations(crypto, random, scope, key, [FOLDER])

/** Whatever is changed of what was sealed does not open. */
const sealed: FuzzTarget = {
  name: 'catalog/sealed-operations',
  decoders: [
    `${SOURCE}/sealed-operations.ts#openOperations`,
    `${SOURCE}/sealed-operations.ts#openPadded`,
  ],
  form: 'bytes',
  seeds: [sealedSeed],
  run: (input) => {
    const verdict = judgeDecoder(input, (bytes) => openOperations(crypto, scope, key, bytes), {
      codes: /^VAULT_SEALED_UNREADABLE$/,
    })
    const isSeed = equalBytes(input, sealedSeed)
    require((verdict === 'accepted') === isSeed, 'opens what nobody sealed')
    return verdict
  },
}

const keySeed = encodeVaultKey(
  sealVaultKey(crypto, random, scope, key, [crypto.agreementKey(prekey)], [key.id]),
)

const keys: FuzzTarget = {
  name: 'catalog/key',
  decoders: [`${SOURCE}/vault-key.ts#decodeVaultKey`, `${SOURCE}/vault-key.ts#openVaultKey`],
  form: 'cbor',
  seeds: [keySeed],
  smokeInputs: 1000,
  run: (input) => {
    const verdict = judgeDecoder(input, decodeVaultKey, {
      codes: /^VAULT_KEY_MALFORMED$/,
      encode: encodeVaultKey,
    })
    const decoded = decodeVaultKey(input)
    if (!decoded.ok) return verdict
    const opened = openVaultKey(crypto, scope, decoded.value, [prekey])
    require(!opened.ok || opened.value.id === key.id, 'opens a key that nobody sealed')
    return verdict
  },
}

export const targets: readonly FuzzTarget[] = [operations, sealed, keys]
