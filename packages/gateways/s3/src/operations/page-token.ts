/** Tokens of listings: where the next page begins, in a form that nobody takes for a key. */

import { base64UrlToBytes, bytesToBase64Url, decodeUtf8, utf8 } from '@hamlet/core'
import { S3Error } from '../errors.ts'

const VERSION = '1'

export function encodeToken(after: string): string {
  return VERSION + bytesToBase64Url(utf8(after))
}

/** @throws S3Error `InvalidArgument` */
export function decodeToken(token: string): string {
  const bytes = token.startsWith(VERSION) ? base64UrlToBytes(token.slice(1)) : undefined
  const after = bytes && decodeUtf8(bytes)
  if (after !== undefined) return after
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
    ArgumentName: 'continuation-token',
  })
}
