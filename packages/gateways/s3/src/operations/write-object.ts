/** PutObject, DeleteObject, DeleteObjects. */

import { checkWriteCondition } from '../conditions.ts'
import { isS3Error, S3Error } from '../errors.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { checkKey } from '../http/request-target.ts'
import { DELETE_KEYS_MAX } from '../limits.ts'
import type { ObjectInfo, WriteCondition } from '../s3-backend.ts'
import { childText } from '../xml/xml-reader.ts'
import type { XmlNode } from '../xml/xml-reader.ts'
import { element, elements } from '../xml/xml-writer.ts'
import type { XmlElement } from '../xml/xml-writer.ts'
import { checksumHeaders, keptHeaders } from './object-headers.ts'
import { checkVersion, quoted } from './operation.ts'
import type { OperationContext } from './operation.ts'
import { openRequestBody, readXmlBody } from './request-body.ts'

/** Keys removed at once. */
const REMOVED_AT_ONCE = 16

/** `undefined`: no condition. */
export function writeConditionOf(headers: HeaderMap): WriteCondition | undefined {
  const ifMatch = headers.get('if-match')
  const ifNoneMatch = headers.get('if-none-match')
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  }
}

export async function putObject(context: OperationContext): Promise<void> {
  const { backend, bucket, key, exchange } = context
  const condition = writeConditionOf(exchange.headers)
  const headers = keptHeaders(exchange.headers)
  const body = openRequestBody(exchange)
  // Before the body comes, as far as that can be said then; the backend asks again at the moment of the write.
  await backend.headBucket(bucket)
  if (condition !== undefined) checkWriteCondition(condition, await currentOf(context))
  const info = await backend.put(bucket, key, body, { headers, condition })
  exchange.sendEmpty(200, { etag: quoted(info.etag), ...checksumHeaders(info.checksum) })
}

/** `undefined`: there is none. */
async function currentOf({
  backend,
  bucket,
  key,
}: OperationContext): Promise<ObjectInfo | undefined> {
  try {
    return await backend.head(bucket, key)
  } catch (error) {
    if (isS3Error(error) && error.code === 'NoSuchKey') return undefined
    throw error
  }
}

export async function deleteObject(context: OperationContext): Promise<void> {
  const { backend, bucket, key, exchange } = context
  checkVersion(exchange.target.query.get('versionId'))
  await backend.delete(bucket, key, writeConditionOf(exchange.headers))
  exchange.sendEmpty(204)
}

interface NamedObject {
  readonly key: string
  readonly versionId: string | undefined
  readonly etag: string | undefined
}

export async function deleteObjects(context: OperationContext): Promise<void> {
  const { backend, bucket, exchange } = context
  const root = await readXmlBody(exchange)
  if (root?.name !== 'Delete') throw new S3Error('MalformedXML')
  const objects = root.children.filter(({ name }) => name === 'Object').map(namedObject)
  if (objects.length === 0 || objects.length > DELETE_KEYS_MAX) throw new S3Error('MalformedXML')
  await backend.headBucket(bucket)
  const isQuiet = childText(root, 'Quiet')?.trim().toLowerCase() === 'true'
  const results: XmlElement[] = []
  for (let at = 0; at < objects.length; at += REMOVED_AT_ONCE) {
    const some = objects.slice(at, at + REMOVED_AT_ONCE)
    results.push(...(await Promise.all(some.map((each) => removeOne(context, each)))))
  }
  const shown = isQuiet ? results.filter(({ name }) => name === 'Error') : results
  exchange.sendXml('DeleteResult', shown)
}

function namedObject(node: XmlNode): NamedObject {
  const key = childText(node, 'Key')
  if (key === undefined || key === '') throw new S3Error('MalformedXML')
  return { key, versionId: childText(node, 'VersionId'), etag: childText(node, 'ETag') }
}

async function removeOne(
  { backend, bucket }: OperationContext,
  { key, versionId, etag }: NamedObject,
): Promise<XmlElement> {
  try {
    checkKey(key)
    checkVersion(versionId)
    await backend.delete(bucket, key, etag === undefined ? undefined : { ifMatch: etag })
    return element('Deleted', elements({ Key: key, VersionId: versionId }))
  } catch (error) {
    if (!isS3Error(error)) throw error
    const { code: Code, message: Message } = error
    return element('Error', elements({ Key: key, VersionId: versionId, Code, Message }))
  }
}
