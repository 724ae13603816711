/** Names of nodes, versions and snapshots: 16 random bytes each, written as 32 lower-case hex digits, each kind with a brand. */

import { bytesToHex, hexToBytes } from '@hamlet/core'
import type { FieldReader, Random } from '@hamlet/core'

declare const brand: unique symbol
type Id<Kind extends string> = string & { readonly [brand]: Kind }

/** A file or folder, through all its names and versions. */
export type NodeId = Id<'vault-node'>
/** One content of a file. */
export type VersionId = Id<'vault-version'>
export type SnapshotId = Id<'vault-snapshot'>
/** Of one key of a catalog: 32 hex digits, made from the key. */
export type CatalogKeyId = Id<'vault-key'>

export type CatalogId = NodeId | VersionId | SnapshotId | CatalogKeyId

export const CATALOG_ID_BYTES = 16

export function createCatalogId<T extends CatalogId>(random: Random): T {
  return bytesToHex(random.bytes(CATALOG_ID_BYTES)) as string as T
}

export function catalogIdBytes(id: CatalogId): Uint8Array {
  return hexToBytes(id)
}

export function toCatalogId<T extends CatalogId>(bytes: Uint8Array): T {
  return bytesToHex(bytes) as string as T
}

/** The next field of a format. */
export function catalogIdField<T extends CatalogId>(fields: FieldReader): T {
  return toCatalogId<T>(fields.bytes(CATALOG_ID_BYTES))
}
