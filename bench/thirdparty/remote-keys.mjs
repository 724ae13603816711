/** The keys and values of bench/remote-trie, as in its shape.ts. */

/** Large ones: they are what both rivals are fast at. */
const BATCH = 50_000

export function keyOf(number) {
  const scattered = (number * 7919) % 10_000_019
  return `folder-${scattered % 1000}/key-${scattered}`
}

export function valueOf(number) {
  const value = Buffer.alloc(100, number & 0xff)
  value.writeUInt32BE(number)
  return value
}

export function* batches(count) {
  for (let from = 0; from < count; from += BATCH) {
    yield Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => {
      return { type: 'put', key: keyOf(from + i), value: valueOf(from + i) }
    })
  }
}
