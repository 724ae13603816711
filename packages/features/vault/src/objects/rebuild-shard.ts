/**
 * One shard made again from k others, a piece at a time: what repair writes. It takes no key, and the shard's root in the
 * object's manifest shows whether it was made right.
 */

import type { Clock } from '@hamlet/core'
import { createObjectStripe } from './code-object.ts'
import { gatherPieces } from './gather-pieces.ts'
import type { ShardSource } from './gather-pieces.ts'
import { stripeAt, stripeCount } from './object-shape.ts'
import type { ObjectShape } from './object-shape.ts'

export interface RebuildParts {
  readonly clock: Clock
  readonly shape: ObjectShape
  /** Others than the one that is made, in the order of preference. */
  readonly sources: readonly ShardSource[]
  readonly patienceMs: number
  readonly signal?: AbortSignal | undefined
  readonly failed?: (source: ShardSource, error: unknown) => void
}

/** @throws VaultObjectError `VAULT_TOO_FEW_SHARDS`; what the signal was aborted with */
export async function* rebuildShard(
  shard: number,
  { clock, shape, sources, patienceMs, signal, failed }: RebuildParts,
): AsyncGenerator<Uint8Array, void, void> {
  const stripe = createObjectStripe(shape)
  const broken = new Set<ShardSource>()
  const others = Array.from({ length: shape.total }, (_, index) => index)
  for (let index = 0; index < stripeCount(shape); index++) {
    const place = stripeAt(shape, index)
    const pieces = await gatherPieces(place, [shard], {
      ...{ clock, patienceMs, signal, needed: shape.needed },
      sources: sources.filter((source) => source.shard !== shard && !broken.has(source)),
      failed: (source, error) => {
        broken.add(source)
        failed?.(source, error)
      },
    })
    stripe.resize(place.pieceBytes)
    const used = [...pieces.keys()].slice(0, shape.needed)
    for (const each of used) stripe.shards[each]!.set(pieces.get(each)!)
    const missing = others.filter((each) => !used.includes(each))
    if (missing.includes(shard)) stripe.reconstruct(missing, [shard])
    yield stripe.shards[shard]!.slice()
  }
}
