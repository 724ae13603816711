/** The unit in which the memory disk tears writes, and the chance it draws for that. */

import type { Random } from '@hamlet/core'

export const SECTOR_BYTES = 512

/** A number in [0, limit); the slight bias of the remainder does not matter to a fault. */
export function below(random: Random, limit: number): number {
  const bytes = random.bytes(4)
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) % limit
}
