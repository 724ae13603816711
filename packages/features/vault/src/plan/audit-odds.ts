/**
 * How likely a spot check catches a holder who no longer has everything: the sampling bound of provable data possession
 * (Ateniese et al., 2007). Whoever lost the fraction f of the leaves answers c random ones with the chance (1 - f)^c.
 */

import { assert } from '@hamlet/core'

/** Chance that one of `leaves` random leaves is among the lost `fraction`. */
export function chanceToCatch(fraction: number, leaves: number): number {
  assert(fraction >= 0 && fraction <= 1, `a fraction lies between 0 and 1, got ${fraction}`)
  if (leaves === 0) return 0
  return -Math.expm1(leaves * Math.log1p(-fraction))
}

/** The same where `lost` of `stored` leaves are gone and no leaf is asked for twice. */
export function chanceToCatchDistinct(lost: number, stored: number, leaves: number): number {
  assert(lost >= 0 && lost <= stored, `of ${stored} leaves at most all are lost, got ${lost}`)
  let missed = 1
  for (let asked = 0; asked < Math.min(leaves, stored); asked++) {
    missed *= Math.max(0, stored - lost - asked) / (stored - asked)
  }
  return 1 - missed
}

/** How many random leaves it takes to catch who lost `fraction` with the chance `confidence`, below 1. */
export function leavesToCatch(fraction: number, confidence: number): number {
  assert(fraction > 0 && fraction <= 1, `a fraction above 0 is caught, got ${fraction}`)
  assert(confidence >= 0 && confidence < 1, `certainty takes all leaves, got ${confidence}`)
  if (fraction === 1) return 1
  return Math.ceil(Math.log1p(-confidence) / Math.log1p(-fraction))
}
