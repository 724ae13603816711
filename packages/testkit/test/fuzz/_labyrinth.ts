/** Targets that are loaded by a thread, as those of a campaign are: one is sound, one dies, one is wrong. */

import type { FuzzTarget } from '@hamlet/testkit/fuzz'

const seeds = [Uint8Array.of(1, 2, 3, 4)]

const TARGETS: readonly FuzzTarget[] = [
  { name: 'sound', decoders: [], form: 'bytes', seeds, run: () => 'accepted' },
  {
    name: 'dying',
    decoders: [],
    form: 'bytes',
    seeds,
    run(input) {
      if (input.length === 3)
        setImmediate(() => void Promise.reject(new Error('outside the promise')))
      return 'accepted'
    },
  },
  {
    name: 'wrong',
    decoders: [],
    form: 'bytes',
    seeds,
    run(input) {
      if (input.length > 6) throw new TypeError('a slip')
      return 'accepted'
    },
  },
]

export async function loadTarget(name: string): Promise<FuzzTarget> {
  return TARGETS.find((target) => target.name === name)!
}
