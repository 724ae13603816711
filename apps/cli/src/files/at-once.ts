/** Works through items, several at a time, so that many small files do not wait for the disk one after the other. */

/** The first failure ends it, and is what it rejects with once nothing is under way any more. */
export async function forEachAtOnce<Item>(
  items: Iterable<Item>,
  count: number,
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const waiting = items[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    // They share one iterator: each takes the next item.
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      either.throwIfAborted()
      await work(next.value, either)
    }
  }
  const workers = Array.from({ length: count }, worker)
  try {
    await Promise.all(workers)
  } catch (error) {
    stop.abort()
    await Promise.allSettled(workers)
    throw error
  }
}
