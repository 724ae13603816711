/**
 * Batches of operations of a catalog as bytes: canonical CBOR `[1, [OPERATION 1-2,000]]` of at most 58,000 bytes.
 *
 *     OPERATION                                                                                     CODE
 *     objects          [0, [[object 32 B, key 32 B] 1-800]]                                          0
 *     folder           [1, node 16 B, parent 16 B | null, name]                                      1
 *     file             [2, node, parent, name]                                                       2
 *     move             [3, node, parent, name]                                                       3
 *     version          [4, node, version 16 B, [replaced version 16 B], size, mtime ms, parts in all,
 *                        [PART], literal | null, SHA-256 32 B, ETag | null, is executable, media type | null, [[name, value]]]
 *     parts            [5, version, index of the first, [PART 1-1,000]]                              5
 *     delete           [6, node, [version]]                                                          6
 *     revive           [7, node, [version]]                                                          7
 *     purge            [8, node, [version]]                                                          8
 *     snapshot         [9, snapshot 16 B, name, [[device 32 B, seq]]]                                9
 *     forget-snapshot  [10, snapshot]                                                                10
 *     PART             [object 32 B, offset, length]
 *
 * Invariants, all of which `decodeOperations` checks:
 * 1. Encoding what was decoded gives the same bytes.
 * 2. A version is literal, its size that of the literal, or has parts; an empty file is literal.
 * 3. Metadata and vectors ascend, so that one state has one form.
 */

import {
  bytesToHex,
  decodeFields,
  encodeCbor,
  err,
  hexToBytes,
  idToBytes,
  utf8,
} from '@hamlet/core'
import type { CborValue, DeviceId, FieldReader, Result } from '@hamlet/core'
import { OBJECT_PLAIN_BYTES_MAX } from '../objects/limits.ts'
import { objectIdBytes, OBJECT_ID_BYTES, toObjectId } from '../objects/object-manifest.ts'
import { catalogIdBytes, catalogIdField } from './catalog-ids.ts'
import type { NodeId, SnapshotId, VersionId } from './catalog-ids.ts'
import { isCatalogName } from './catalog-name.ts'
import { CatalogError } from './errors.ts'
import {
  BATCH_BYTES_MAX,
  BATCH_ITEMS_MAX,
  BATCH_OPERATIONS_MAX,
  CATALOG_NAME_BYTES_MAX,
  ETAG_BYTES_MAX,
  FILE_BYTES_MAX,
  FILE_PARTS_MAX,
  LITERAL_BYTES_MAX,
  MEDIA_TYPE_BYTES_MAX,
  META_BYTES_MAX,
  META_PAIRS_MAX,
  OBJECT_KEYS_MAX,
  PARTS_PER_OPERATION_MAX,
  SNAPSHOT_DEVICES_MAX,
  VERSIONS_PER_OPERATION_MAX,
} from './limits.ts'
import type {
  CatalogOperation,
  FileFacts,
  FilePart,
  MarkOperation,
  ObjectKey,
  PlaceOperation,
  VersionBody,
  VersionOperation,
} from './operation.ts'

const VERSION = 1
const KEY_BYTES = 32
const HASH_BYTES = 32
/** In this order on the wire. */
const KINDS = [
  'objects',
  'folder',
  'file',
  'move',
  'version',
  'parts',
  'delete',
  'revive',
  'purge',
  'snapshot',
  'forget-snapshot',
] as const
const CODES = KINDS.map((_, code) => code)
/** Of a batch around its operations, generously. */
const BATCH_HEAD_BYTES = 8

/** @throws {@link CatalogError} `VAULT_BATCH_TOO_LARGE`: {@link batchOperations} divides what may be too long. */
export function encodeOperations(operations: readonly CatalogOperation[]): Uint8Array {
  const bytes = encodeCbor([VERSION, operations.map(operationValue)])
  if (bytes.length <= BATCH_BYTES_MAX && operations.length <= BATCH_OPERATIONS_MAX) return bytes
  throw new CatalogError(
    'VAULT_BATCH_TOO_LARGE',
    `expected at most ${BATCH_BYTES_MAX} bytes in ${BATCH_OPERATIONS_MAX} operations, got ${bytes.length} in ${operations.length}`,
  )
}

export function decodeOperations(
  bytes: Uint8Array,
): Result<readonly CatalogOperation[], CatalogError> {
  const decoded = decodeFields(
    bytes,
    'operations of a catalog',
    (fields) => {
      fields.literal(VERSION)
      return fields.list(BATCH_OPERATIONS_MAX, (item) => item.tuple(readOperation), 1)
    },
    { bytesMax: BATCH_BYTES_MAX, itemsMax: BATCH_ITEMS_MAX, depthMax: 6 },
  )
  if (decoded.ok) return decoded
  const { message } = decoded.error
  return err(new CatalogError('VAULT_BATCH_MALFORMED', message, { cause: decoded.error }))
}

/** The operations, in order, in as few batches as hold them; none may be larger than a batch by itself. */
export function batchOperations(
  operations: readonly CatalogOperation[],
): readonly (readonly CatalogOperation[])[] {
  const batches: CatalogOperation[][] = []
  let roomBytes = 0
  for (const operation of operations) {
    const { length } = encodeCbor(operationValue(operation))
    const last = batches.at(-1)
    if (last === undefined || length > roomBytes || last.length === BATCH_OPERATIONS_MAX) {
      batches.push([operation])
      roomBytes = BATCH_BYTES_MAX - BATCH_HEAD_BYTES - length
    } else {
      last.push(operation)
      roomBytes -= length
    }
  }
  return batches
}

/** A version with all its parts, as the operations that say it: one, and one more for each further thousand parts. */
export function versionOperations(
  facts: Omit<VersionOperation, 'kind' | 'body'>,
  parts: readonly FilePart[],
): readonly CatalogOperation[] {
  const first = parts.slice(0, PARTS_PER_OPERATION_MAX)
  const operations: CatalogOperation[] = [
    { kind: 'version', ...facts, body: { partCount: parts.length, parts: first } },
  ]
  for (let from = first.length; from < parts.length; from += PARTS_PER_OPERATION_MAX) {
    const some = parts.slice(from, from + PARTS_PER_OPERATION_MAX)
    operations.push({ kind: 'parts', version: facts.version, from, parts: some })
  }
  return operations
}

function operationValue(operation: CatalogOperation): CborValue {
  return [KINDS.indexOf(operation.kind), ...operationFields(operation)]
}

function operationFields(operation: CatalogOperation): readonly CborValue[] {
  switch (operation.kind) {
    case 'objects':
      return [operation.objects.map(objectKeyValue)]
    case 'folder':
    case 'file':
    case 'move': {
      const { node, parent, name } = operation
      return [catalogIdBytes(node), parent === undefined ? null : catalogIdBytes(parent), name]
    }
    case 'version':
      return versionFields(operation)
    case 'parts':
      return [catalogIdBytes(operation.version), operation.from, operation.parts.map(partValue)]
    case 'delete':
    case 'revive':
    case 'purge':
      return [catalogIdBytes(operation.node), operation.versions.map(catalogIdBytes)]
    case 'snapshot': {
      const vector = operation.vector.map(([device, seq]): CborValue => [idToBytes(device), seq])
      return [catalogIdBytes(operation.snapshot), operation.name, vector]
    }
    case 'forget-snapshot':
      return [catalogIdBytes(operation.snapshot)]
  }
}

function versionFields(operation: VersionOperation): readonly CborValue[] {
  const { node, version, replaces } = operation
  const ids = [catalogIdBytes(node), catalogIdBytes(version), replaces.map(catalogIdBytes)]
  return [...ids, ...contentFields(operation, operation.body)]
}

/** Of a file, whoever tells it: the same in catalogs and in grants. */
export function contentFields(facts: FileFacts, body: VersionBody): readonly CborValue[] {
  const isLiteral = 'literal' in body
  return [
    facts.sizeBytes,
    facts.mtimeMs,
    isLiteral ? 0 : body.partCount,
    isLiteral ? [] : body.parts.map(partValue),
    isLiteral ? body.literal : null,
    hexToBytes(facts.sha256),
    facts.etag ?? null,
    facts.isExecutable,
    facts.mediaType ?? null,
    facts.meta.map(([name, value]): CborValue => [name, value]),
  ]
}

function partValue({ object, offset, length }: FilePart): CborValue {
  return [objectIdBytes(object), offset, length]
}

export function objectKeyValue({ object, key }: ObjectKey): CborValue {
  return [objectIdBytes(object), key]
}

function readOperation(fields: FieldReader): CatalogOperation {
  const kind = KINDS[fields.oneOf(CODES)]!
  switch (kind) {
    case 'objects':
      return { kind, objects: fields.list(OBJECT_KEYS_MAX, objectKeyField, 1) }
    case 'folder':
    case 'file':
    case 'move':
      return readPlace(fields, kind)
    case 'version':
      return readVersion(fields)
    case 'parts': {
      const version = catalogIdField<VersionId>(fields)
      const from = fields.int(1, FILE_PARTS_MAX)
      return { kind, version, from, parts: fields.list(PARTS_PER_OPERATION_MAX, readPart, 1) }
    }
    case 'delete':
    case 'revive':
    case 'purge':
      return readMark(fields, kind)
    case 'snapshot':
      return {
        kind,
        snapshot: catalogIdField<SnapshotId>(fields),
        name: fields.text(CATALOG_NAME_BYTES_MAX),
        vector: readVector(fields),
      }
    case 'forget-snapshot':
      return { kind, snapshot: catalogIdField<SnapshotId>(fields) }
  }
}

function readPlace(fields: FieldReader, kind: PlaceOperation['kind']): PlaceOperation {
  const node = catalogIdField<NodeId>(fields)
  const parent = fields.optional(() => catalogIdField<NodeId>(fields))
  return { kind, node, parent, name: nameField(fields) }
}

function readMark(fields: FieldReader, kind: MarkOperation['kind']): MarkOperation {
  return { kind, node: catalogIdField<NodeId>(fields), versions: readVersions(fields) }
}

function readVersion(fields: FieldReader): VersionOperation {
  return {
    kind: 'version',
    node: catalogIdField<NodeId>(fields),
    version: catalogIdField<VersionId>(fields),
    replaces: readVersions(fields),
    ...readContent(fields),
  }
}

/** The inverse of {@link contentFields}, of what came from others. */
export function readContent(fields: FieldReader): FileFacts & { readonly body: VersionBody } {
  const sizeBytes = fields.uint(FILE_BYTES_MAX)
  const mtimeMs = fields.int(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  const body = readBody(fields, sizeBytes)
  return {
    sizeBytes,
    mtimeMs,
    sha256: bytesToHex(fields.bytes(HASH_BYTES)),
    etag: fields.optional(() => fields.text(ETAG_BYTES_MAX, 1)),
    isExecutable: fields.boolean(),
    mediaType: fields.optional(() => fields.text(MEDIA_TYPE_BYTES_MAX, 1)),
    meta: readMeta(fields),
    body,
  }
}

function readBody(fields: FieldReader, sizeBytes: number): VersionBody {
  const partCount = fields.uint(FILE_PARTS_MAX)
  // A copy has no room to grow: most files have one part, and a catalog may have a hundred thousand files.
  const parts = fields.list(PARTS_PER_OPERATION_MAX, readPart).slice()
  const literal = fields.optional(() => fields.bytesUpTo(LITERAL_BYTES_MAX))
  if (literal !== undefined) {
    if (partCount === 0 && parts.length === 0 && literal.length === sizeBytes) return { literal }
    throw fields.refuse('a literal of another size, or with parts')
  }
  const held = parts.reduce((sum, { length }) => sum + length, 0)
  const isWhole = parts.length === partCount
  if (parts.length === 0 || parts.length > partCount || held > sizeBytes) {
    throw fields.refuse('parts beyond the file, or none')
  }
  if (isWhole !== (held === sizeBytes)) throw fields.refuse('parts of another size')
  return { partCount, parts }
}

function readPart(item: FieldReader): FilePart {
  return item.tuple((fields) => {
    const object = toObjectId(fields.bytes(OBJECT_ID_BYTES))
    const offset = fields.uint(OBJECT_PLAIN_BYTES_MAX)
    return { object, offset, length: fields.int(1, OBJECT_PLAIN_BYTES_MAX - offset) }
  })
}

export function objectKeyField(item: FieldReader): ObjectKey {
  return item.tuple((fields) => ({
    object: toObjectId(fields.bytes(OBJECT_ID_BYTES)),
    key: fields.bytes(KEY_BYTES),
  }))
}

function readVersions(fields: FieldReader): readonly VersionId[] {
  return fields.list(VERSIONS_PER_OPERATION_MAX, (item) => catalogIdField<VersionId>(item))
}

export function nameField(fields: FieldReader): string {
  const name = fields.text(CATALOG_NAME_BYTES_MAX, 1)
  if (isCatalogName(name)) return name
  throw fields.refuse('not a name')
}

function readMeta(fields: FieldReader): FileFacts['meta'] {
  const meta = fields.list(META_PAIRS_MAX, (item) =>
    item.tuple((pair) => [pair.text(META_BYTES_MAX, 1), pair.text(META_BYTES_MAX)] as const),
  )
  const bytes = meta.reduce((sum, pair) => sum + utf8(pair[0]).length + utf8(pair[1]).length, 0)
  if (bytes > META_BYTES_MAX) throw fields.refuse('too much metadata')
  if (!ascends(meta.map(([name]) => name))) throw fields.refuse('metadata does not ascend')
  return meta
}

function readVector(fields: FieldReader): readonly (readonly [DeviceId, number])[] {
  const vector = fields.list(SNAPSHOT_DEVICES_MAX, (item) =>
    item.tuple((pair) => [pair.id<DeviceId>(), pair.uint()] as const),
  )
  if (!ascends(vector.map(([device]) => device))) throw fields.refuse('devices do not ascend')
  return vector
}

function ascends(texts: readonly string[]): boolean {
  return texts.every((text, index) => index === 0 || texts[index - 1]! < text)
}
