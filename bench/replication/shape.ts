/** What the processes of this suite agree on. */

export const AUTHOR_SEED = new Uint8Array(32).fill(1)
export const NAMESPACE = new Uint8Array(32).fill(2)

/** Blocks that all differ, as those of bench/thirdparty/hypercore-tcp.mjs. */
export function blockOf(index: number, bytes: number): Uint8Array {
  const block = new Uint8Array(bytes).fill(index & 0xff)
  new DataView(block.buffer).setUint32(0, index)
  return block
}

/** So many indexes below `length` that all differ, the same in every run. */
export function scatteredIndexes(count: number, length: number): readonly number[] {
  const indexes = new Set<number>()
  for (let at = 12_345; indexes.size < count;) {
    at = (at * 1_103_515_245 + 12_345) % 2 ** 31
    indexes.add(at % length)
  }
  return [...indexes]
}
