/** Which bytes of an object a request asks for: `Range` of RFC 9110, section 14, with one range. Others are passed over, as it allows. */

import { S3Error } from '../errors.ts'

export interface ByteRange {
  readonly offset: number
  /** At least 1. */
  readonly lengthBytes: number
}

const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/

/** `undefined`: the whole. @throws S3Error `InvalidRange` when the object has none of these bytes */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, first, last] = RANGE.exec(header?.trim() ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') {
    const lengthBytes = Math.min(Number(last), sizeBytes)
    if (lengthBytes === 0) throw notThere(header!, sizeBytes)
    return { offset: sizeBytes - lengthBytes, lengthBytes }
  }
  const offset = Number(first)
  if (last !== '' && Number(last) < offset) return undefined
  if (offset >= sizeBytes) throw notThere(header!, sizeBytes)
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes)
  return { offset, lengthBytes: end - offset }
}

/** The range of a copied part, which has to be there in full. @throws S3Error `InvalidArgument`, `InvalidRange` */
export function parseCopyRange(header: string, sizeBytes: number): ByteRange {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? []
  if (first === undefined || Number(last) < Number(first)) {
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last',
      { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
    )
  }
  if (Number(last) >= sizeBytes) throw notThere(header, sizeBytes)
  return { offset: Number(first), lengthBytes: Number(last) - Number(first) + 1 }
}

function notThere(header: string, sizeBytes: number): S3Error {
  return new S3Error('InvalidRange', undefined, {
    RangeRequested: header,
    ActualObjectSize: String(sizeBytes),
  })
}
