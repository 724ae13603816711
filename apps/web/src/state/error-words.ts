/** From an error's code to words: what happened, what it means for the data, what to do. */

import type { Texts } from '../i18n/en.ts'

type Work = keyof Texts['errors']['what']

/** Codes are compared by pattern, since they come from every package of the peer. */
const PATTERNS: readonly (readonly [RegExp, keyof Texts['errors']])[] = [
  [/^(PEER_UNREACHABLE|BAD_REPLY|CLOSING)$/, 'unreachable'],
  [/^UNAUTHORIZED$/, 'unauthorised'],
  [/^SPACE_NOT_MEMBER$/, 'notMember'],
  [/^SPACE_OWNER_STAYS$/, 'ownerStays'],
  [/^SPACE_(UNCONFIRMED|FROZEN)$/, 'waits'],
  [/(FORBIDDEN|NOT_ALLOWED|DENIED)/, 'notAllowed'],
  [/(DISK_FULL|NO_SPACE|FULL)/, 'diskFull'],
  [/^SAVED_NOT_SHOWN$/, 'savedNotShown'],
  [/EXPIRED/, 'expired'],
  [/REVOKED/, 'revoked'],
  [/(TOO_LARGE|TOO_LONG)/, 'tooLarge'],
  [/(NOT_FOUND|UNKNOWN)/, 'notFound'],
]

export function errorToWords(error: unknown, texts: Texts, work: Work): string {
  const code = codeOf(error)
  const known = PATTERNS.find(([pattern]) => pattern.test(code))?.[1]
  if (known !== undefined) {
    const words = texts.errors[known]
    if (typeof words === 'string') return words
  }
  if (code === '' || !(error instanceof Error)) return texts.errors.unknown
  return texts.errors.failed(texts.errors.what[work], error.message)
}

export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

export function isUnreachable(error: unknown): boolean {
  return ['PEER_UNREACHABLE', 'BAD_REPLY', 'CLOSING'].includes(codeOf(error))
}
