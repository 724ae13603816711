/** What messages are for, so that two protocols can be compared. */

import type { Measures } from '../measure.ts'

export const PURPOSES = ['entries', 'who holds what', 'comparing', 'asking', 'greeting'] as const
export type Purpose = (typeof PURPOSES)[number]

const PURPOSE_BY_KIND: Readonly<Record<string, Purpose>> = {
  range: 'entries',
  entries: 'entries',
  holding: 'who holds what',
  state: 'who holds what',
  frontier: 'comparing',
  vector: 'comparing',
  have: 'comparing',
  want: 'asking',
  ask: 'asking',
  answer: 'asking',
  hello: 'greeting',
  tags: 'greeting',
}

/** In the order of {@link PURPOSES}; only those that occur. */
export function bytesByPurpose({ traffic }: Pick<Measures, 'traffic'>): Map<Purpose, number> {
  const sums = new Map<Purpose, number>()
  for (const { kind, bytes } of traffic) {
    const purpose = PURPOSE_BY_KIND[kind] ?? 'comparing'
    sums.set(purpose, (sums.get(purpose) ?? 0) + bytes)
  }
  return new Map(
    PURPOSES.flatMap((purpose) => (sums.has(purpose) ? [[purpose, sums.get(purpose)!]] : [])),
  )
}

export function totalTraffic({ traffic }: Pick<Measures, 'traffic'>) {
  return {
    messages: traffic.reduce((sum, { messages }) => sum + messages, 0),
    bytes: traffic.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}
