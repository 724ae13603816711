/** What every operation gets: the exchange, the store, and the names in the request, which are checked by then. */

import { S3Error } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { S3Backend } from '../s3-backend.ts'
import type { XmlContent } from '../xml/xml-writer.ts'
import { elements } from '../xml/xml-writer.ts'

export interface Owner {
  readonly id: string
  readonly displayName: string
}

export interface OperationContext {
  readonly exchange: Exchange
  readonly backend: S3Backend
  readonly bucket: string
  readonly key: string
  readonly owner: Owner
  /** Of this server; `undefined`: any. */
  readonly region: string | undefined
}

export interface Operation {
  readonly name: string
  /** Whether it changes anything. */
  readonly writes: boolean
  readonly run: (context: OperationContext) => Promise<void>
}

export function renderOwner({ id, displayName }: Owner): XmlContent {
  return elements({ ID: id, DisplayName: displayName })
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

export function quoted(etag: string): string {
  return `"${etag}"`
}

/** A number in a query. @throws S3Error `InvalidArgument` */
export function numberIn(
  query: ReadonlyMap<string, string>,
  name: string,
  fallback: number,
): number {
  const text = query.get(name)
  if (text === undefined || text === '') return fallback
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 31) return Number(text)
  throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
    ArgumentName: name,
    ArgumentValue: text,
  })
}

/** Versions are not kept: the only one is called `null`. @throws S3Error `NoSuchVersion` */
export function checkVersion(version: string | undefined): void {
  if (version === undefined || version === 'null') return
  throw new S3Error('NoSuchVersion', undefined, { VersionId: version })
}
