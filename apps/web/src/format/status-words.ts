/** The three answers of the status strip: who is here, who has my latest change, what is moving. */

import type { Member, SpaceInspection } from '@hamlet/http/api'
import type { Texts } from '../i18n/en.ts'
import { nameOr, someNames } from './people.ts'

const NAMES_MAX = 3

export function whoIsHere(members: readonly Member[], texts: Texts, locale: string): string {
  const others = members.filter((member) => !member.self)
  if (others.length === 0) return texts.status.justYou
  const here = others.filter((member) => member.online)
  if (here.length === 0) return texts.status.alone
  const names = here.map((member) => nameOr(member.name, texts))
  return texts.status.hereNow(someNames(names, NAMES_MAX, locale, texts))
}

/** `held` of `total` devices have everything this device has: so they have its latest change too. */
export function latestHeldBy(inspection: SpaceInspection): {
  readonly held: number
  readonly total: number
} {
  const total = inspection.devices.length
  const held = inspection.devices.filter((device) => device.entriesHeld >= inspection.entries)
  return { held: Math.max(held.length, 1), total }
}

export function latestWords(inspection: SpaceInspection, texts: Texts): string {
  const { held, total } = latestHeldBy(inspection)
  if (held <= 1) return texts.status.latestOnlyHere
  if (held >= total) return texts.status.latestEverywhere(total)
  return texts.status.latestSome(held, total)
}

/** The same in few words, for a narrow screen. */
export function latestShort(inspection: SpaceInspection, texts: Texts): string {
  const { held, total } = latestHeldBy(inspection)
  if (held <= 1) return texts.status.shortHere
  if (held >= total) return texts.status.shortAll(total)
  return texts.status.shortSome(held, total)
}

/** Changes that are known to exist and are not here. */
export function missingHere(inspection: SpaceInspection): number {
  return inspection.devices.reduce(
    (total, device) => total + Math.max(0, device.entriesKnown - device.entriesHere),
    0,
  )
}

export function movingWords(inspection: SpaceInspection, texts: Texts): string {
  const missing = missingHere(inspection)
  return missing > 0 ? texts.status.receiving(missing) : texts.status.allHere
}
