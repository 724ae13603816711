/** How a tracker does, in words: what happened, and what somebody could do about it. Pure. */

import type { KnownTracker } from '@hamlet/http/api'
import type { Texts } from '../i18n/en.ts'

type Problem = keyof Texts['trackers']['problems']

/** Codes of the peer (`TRACKER_…`, `HTTP_…`) and of trackers themselves, which may be of any version. */
const PROBLEMS: readonly (readonly [RegExp, Problem])[] = [
  [/UNREACHABLE/, 'away'],
  [/^(TRACKER_MALFORMED|HTTP_(3\d\d|404|405|410|415))$/, 'wrong'],
  [/(BUSY|RATE_LIMITED|TOO_MANY|HTTP_(429|503))/, 'busy'],
  [/FULL$/, 'full'],
  [/(REFUSED|EXPIRED|ENDED|FORBIDDEN|UNAUTHORIZED|CLOSED|HTTP_(401|403))/, 'closed'],
]

export function trackerProblem(reason: string): Problem {
  return PROBLEMS.find(([pattern]) => pattern.test(reason))?.[1] ?? 'trouble'
}

/** `relative`: a moment in words. */
export function trackerState(
  { state, checkedAtMs, reason = '' }: KnownTracker,
  { trackers: texts }: Texts,
  relative: (atMs: number) => string,
): string {
  const when = checkedAtMs === undefined ? '' : relative(checkedAtMs)
  if (state === 'unknown') return texts.unknown
  if (state === 'working') return texts.working(when)
  return `${texts.problems[trackerProblem(reason)]} ${texts.askedAgain(when)}`
}

/** What was wrong with an address that was to be added; `undefined`: something that is no matter of the address. */
export function addressProblem(code: string, { trackers: texts }: Texts): string | undefined {
  if (code === 'TRACKERS_FULL') return texts.tooMany
  return /^(TRACKER_URL_INVALID|INVALID_INPUT)$/.test(code) ? texts.badAddress : undefined
}

/** As it is spoken of. */
export function trackerHost(url: string): string {
  return URL.parse(url)?.host ?? url
}
