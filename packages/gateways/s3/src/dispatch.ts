/**
 * Which operation a request is: by method, by whether it names a bucket and a key, and by the parameters that S3 calls subresources.
 *
 * What S3 has and this gateway has not is answered with `NotImplemented`; nothing is taken for something else.
 */

import { S3Error } from './errors.ts'
import type { Exchange } from './http/exchange.ts'
import * as buckets from './operations/buckets.ts'
import { copyObject } from './operations/copy-object.ts'
import * as lists from './operations/list-objects.ts'
import { listMultipartUploads, listParts } from './operations/list-uploads.ts'
import * as multipart from './operations/multipart.ts'
import type { Operation, OperationContext } from './operations/operation.ts'
import { getObject, getObjectAttributes, headObject } from './operations/read-object.ts'
import { deleteObject, deleteObjects, putObject } from './operations/write-object.ts'

/** Parameters that make another operation of a request. */
const SUBRESOURCES = new Set([
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versioning',
  'versions',
  'website',
])

type Run = (context: OperationContext) => Promise<void>

function reads(name: string, run: Run): Operation {
  return { name, writes: false, run }
}

function writes(name: string, run: Run): Operation {
  return { name, writes: true, run }
}

const SERVICE: Readonly<Record<string, Operation>> = {
  GET: reads('ListBuckets', buckets.listBuckets),
}

/** By method and subresource. */
const BUCKET: Readonly<Record<string, Operation>> = {
  GET: reads('ListObjects', lists.listObjects),
  'GET list-type': reads('ListObjectsV2', lists.listObjectsV2),
  'GET uploads': reads('ListMultipartUploads', listMultipartUploads),
  'GET versions': reads('ListObjectVersions', lists.listObjectVersions),
  HEAD: reads('HeadBucket', buckets.headBucket),
  PUT: writes('CreateBucket', buckets.createBucket),
  DELETE: writes('DeleteBucket', buckets.deleteBucket),
  'POST delete': writes('DeleteObjects', deleteObjects),
}

const OBJECT: Readonly<Record<string, Operation>> = {
  GET: reads('GetObject', getObject),
  'GET acl': reads('GetObjectAcl', buckets.getObjectAcl),
  'GET attributes': reads('GetObjectAttributes', getObjectAttributes),
  'GET tagging': reads('GetObjectTagging', buckets.getObjectTagging),
  'GET uploadId': reads('ListParts', listParts),
  HEAD: reads('HeadObject', headObject),
  PUT: writes('PutObject', putObject),
  'PUT copy': writes('CopyObject', copyObject),
  'PUT uploadId': writes('UploadPart', multipart.uploadPart),
  'PUT uploadId copy': writes('UploadPartCopy', multipart.uploadPartCopy),
  'POST uploads': writes('CreateMultipartUpload', multipart.createMultipartUpload),
  'POST uploadId': writes('CompleteMultipartUpload', multipart.completeMultipartUpload),
  DELETE: writes('DeleteObject', deleteObject),
  'DELETE uploadId': writes('AbortMultipartUpload', multipart.abortMultipartUpload),
}

/** @throws S3Error `MethodNotAllowed`, `NotImplemented` */
export function chooseOperation({ method, target, headers }: Exchange): Operation {
  const { bucket, key, query } = target
  if (bucket === undefined) return find(SERVICE, method, undefined)
  const subresource = [...query.keys()].find((name) => SUBRESOURCES.has(name))
  if (key === undefined) {
    const setting = method === 'GET' && subresource && buckets.bucketSetting(subresource)
    if (setting) return reads(`GetBucket?${subresource}`, setting)
    const isV2 = subresource === undefined && query.get('list-type') === '2'
    return find(BUCKET, isV2 ? `${method} list-type` : method, subresource)
  }
  // A HEAD asks for what a GET of the object would say, whatever else it names.
  if (method === 'HEAD') return find(OBJECT, method, undefined)
  const isCopy = method === 'PUT' && headers.has('x-amz-copy-source')
  return find(OBJECT, method, subresource, isCopy)
}

function find(
  table: Readonly<Record<string, Operation>>,
  method: string,
  subresource: string | undefined,
  isCopy = false,
): Operation {
  const parts = [method, ...(subresource ? [subresource] : []), ...(isCopy ? ['copy'] : [])]
  const name = parts.join(' ')
  const operation = Object.hasOwn(table, name) ? table[name] : undefined
  if (operation !== undefined) return operation
  if (subresource === undefined)
    throw new S3Error('MethodNotAllowed', undefined, { Method: method })
  throw new S3Error('NotImplemented', undefined, { Method: method, ResourceType: subresource })
}
