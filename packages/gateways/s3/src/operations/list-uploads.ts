/** ListMultipartUploads and ListParts. */

import { PAGE_ENTRIES_MAX } from '../limits.ts'
import { compareKeys } from '../names.ts'
import type { Upload } from '../s3-backend.ts'
import { element, elements } from '../xml/xml-writer.ts'
import type { XmlElement } from '../xml/xml-writer.ts'
import { listRequestOf } from './list-objects.ts'
import { uploadNameOf } from './multipart.ts'
import { checksumElements } from './object-headers.ts'
import { isoTime, numberIn, quoted, renderOwner } from './operation.ts'
import type { OperationContext } from './operation.ts'

interface UploadsPage {
  readonly uploads: readonly Upload[]
  readonly prefixes: readonly string[]
  readonly next: { readonly key: string; readonly uploadId: string } | undefined
}

interface UploadsQuery {
  readonly prefix: string
  readonly delimiter: string
  readonly maxKeys: number
  readonly keyMarker: string
  /** Counts only beside a key marker. */
  readonly idMarker: string
}

/** `all`: by key and time. */
export function pageOfUploads(all: readonly Upload[], query: UploadsQuery): UploadsPage {
  const { prefix, delimiter, maxKeys } = query
  const uploads: Upload[] = []
  const prefixes: string[] = []
  let next: UploadsPage['next']
  for (const upload of afterMarker(all, query)) {
    if (!upload.key.startsWith(prefix)) continue
    const at = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length)
    const common = at === -1 ? undefined : upload.key.slice(0, at + delimiter.length)
    if (common !== undefined && (common === prefixes.at(-1) || common === query.keyMarker)) continue
    if (uploads.length + prefixes.length >= maxKeys) {
      return { uploads, prefixes, next: maxKeys === 0 ? undefined : next }
    }
    next = { key: common ?? upload.key, uploadId: common === undefined ? upload.uploadId : '' }
    if (common === undefined) uploads.push(upload)
    else prefixes.push(common)
  }
  return { uploads, prefixes, next: undefined }
}

function afterMarker(
  all: readonly Upload[],
  { keyMarker, idMarker }: UploadsQuery,
): readonly Upload[] {
  const at = all.findIndex(({ key, uploadId }) => key === keyMarker && uploadId === idMarker)
  if (at !== -1) return all.slice(at + 1)
  return all.filter(({ key }) => compareKeys(key, keyMarker) > 0)
}

export async function listMultipartUploads(context: OperationContext): Promise<void> {
  const { backend, bucket, exchange, owner } = context
  const { query } = exchange.target
  const { prefix, delimiter, maxKeys, encode, isEncoded } = listRequestOf(query, 'max-uploads')
  const keyMarker = query.get('key-marker') ?? ''
  const idMarker = query.get('upload-id-marker') ?? ''
  const all = await backend.listUploads(bucket)
  const page = pageOfUploads(all, { prefix, delimiter, maxKeys, keyMarker, idMarker })
  const fields = elements({
    Bucket: bucket,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: page.next && encode(page.next.key),
    NextUploadIdMarker: page.next?.uploadId,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: isEncoded ? 'url' : undefined,
    MaxUploads: maxKeys,
    IsTruncated: page.next !== undefined,
  })
  const uploads = page.uploads.map(({ key, uploadId, initiatedMs, checksum }): XmlElement =>
    element(
      'Upload',
      elements({
        Key: encode(key),
        UploadId: uploadId,
        Initiator: renderOwner(owner),
        Owner: renderOwner(owner),
        StorageClass: 'STANDARD',
        Initiated: isoTime(initiatedMs),
        ChecksumAlgorithm: checksum?.algorithm,
        ChecksumType: checksum?.type,
      }),
    ),
  )
  const prefixes = page.prefixes.map((each) =>
    element('CommonPrefixes', element('Prefix', encode(each))),
  )
  exchange.sendXml('ListMultipartUploadsResult', [...fields, ...uploads, ...prefixes])
}

export async function listParts(context: OperationContext): Promise<void> {
  const { backend, bucket, key, exchange, owner } = context
  const { query } = exchange.target
  const name = uploadNameOf(context)
  const limit = Math.min(numberIn(query, 'max-parts', PAGE_ENTRIES_MAX), PAGE_ENTRIES_MAX)
  const marker = numberIn(query, 'part-number-marker', 0)
  const { checksum } = await backend.headUpload(name)
  const all = (await backend.listParts(name)).filter(({ number }) => number > marker)
  const shown = all.slice(0, limit)
  const fields = elements({
    Bucket: bucket,
    Key: key,
    UploadId: name.uploadId,
    Initiator: renderOwner(owner),
    Owner: renderOwner(owner),
    StorageClass: 'STANDARD',
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
    PartNumberMarker: marker,
    NextPartNumberMarker: shown.at(-1)?.number ?? marker,
    MaxParts: limit,
    IsTruncated: all.length > shown.length && shown.length > 0,
  })
  const parts = shown.map((part) =>
    element(
      'Part',
      elements({
        PartNumber: part.number,
        LastModified: isoTime(part.modifiedMs),
        ETag: quoted(part.etag),
        Size: part.sizeBytes,
        ...checksumElements(part.checksum, false),
      }),
    ),
  )
  exchange.sendXml('ListPartsResult', [...fields, ...parts])
}
