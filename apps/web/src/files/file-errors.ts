/** From the code of an error about files to words: what happened, what it means for the files, what to do. */

import type { Texts } from '../i18n/en.ts'

/** Codes are compared by pattern, since they come from every package of the peer. */
const PATTERNS: readonly (readonly [RegExp, keyof Texts['fileErrors']])[] = [
  [/^(PEER_UNREACHABLE|BAD_REPLY|CLOSING)$/, 'unreachable'],
  [/QUOTA/, 'quota'],
  [/(STORE_FULL|NO_SPACE|DISK)/, 'disk'],
  [/^PAGE_FILE_UNREADABLE$/, 'unreadable'],
  [/LINK/, 'link'],
  [/(TOO_LARGE|TOO_MANY|TOO_LONG|BAD_SHARE)/, 'tooLarge'],
  [/NAME|PATH/, 'name'],
  [/(NOT_ALLOWED|FORBIDDEN|DENIED)/, 'notAllowed'],
  [/(NOT_HERE|UNAVAILABLE|BLOB_MISSING|TIMEOUT)/, 'nobody'],
  [/(DAMAGED|CORRUPT)/, 'damaged'],
  [/(NOT_FOUND|UNKNOWN_SHARE)/, 'gone'],
]

export function fileErrorWords(code: string, texts: Texts): string {
  const known = PATTERNS.find(([pattern]) => pattern.test(code))?.[1] ?? 'other'
  return texts.fileErrors[known]
}

export function isFileError(code: string): boolean {
  return PATTERNS.some(([pattern]) => pattern.test(code))
}

/** Whether the name of one file is the reason, so that others are not concerned. */
export function isNameRefused(code: string): boolean {
  return /NAME|PATH/.test(code) && !/EXISTS/.test(code)
}
