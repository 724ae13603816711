/**
 * When something was said, among all that a person's devices said: the position of its entry, and which operation of it.
 *
 * Positions are text that sorts as entries do (`positionText` of the space): twelve hex digits of milliseconds first.
 */

import type { DeviceId } from '@hamlet/core'

/** Of an entry. */
export interface Origin {
  readonly position: string
  readonly device: DeviceId
  readonly seq: number
}

export interface Stamp {
  readonly origin: Origin
  /** Of the operation in its entry. */
  readonly index: number
}

const MILLISECONDS_DIGITS = 12

export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.origin === b.origin) return a.index - b.index
  const [first, second] = [a.origin.position, b.origin.position]
  return first < second ? -1 : first > second ? 1 : a.index - b.index
}

/** By the clock of the device that said it. */
export function stampMs({ position }: Origin): number {
  return Number.parseInt(position.slice(0, MILLISECONDS_DIGITS), 16)
}
