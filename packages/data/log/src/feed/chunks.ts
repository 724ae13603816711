/** Cutting a stream of bytes into pieces. */

/** What comes, in pieces of exactly `chunkBytes`; the last one may be shorter. Without it, as it comes, cut where it is above `bytesMax`. */
export async function* chunksOf(
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  chunkBytes: number | undefined,
  bytesMax: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const cutter = new ChunkCutter(chunkBytes, bytesMax)
  for await (const bytes of input) yield* cutter.push(bytes)
  yield* cutter.end()
}

export class ChunkCutter {
  readonly #chunkBytes: number | undefined
  readonly #bytesMax: number
  #buffer = new Uint8Array()
  #used = 0

  constructor(chunkBytes: number | undefined, bytesMax: number) {
    if (chunkBytes !== undefined && !(chunkBytes >= 1 && chunkBytes <= bytesMax)) {
      throw new RangeError(`expected pieces of 1 to ${bytesMax} bytes`)
    }
    this.#chunkBytes = chunkBytes
    this.#bytesMax = bytesMax
  }

  /** The pieces that are whole now. */
  *push(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    if (this.#chunkBytes === undefined) {
      for (let at = 0; at === 0 || at < bytes.length; at += this.#bytesMax) {
        yield bytes.subarray(at, at + this.#bytesMax)
      }
      return
    }
    let at = 0
    while (at < bytes.length) {
      if (this.#used === 0) this.#buffer = new Uint8Array(this.#chunkBytes)
      const part = bytes.subarray(at, at + this.#chunkBytes - this.#used)
      this.#buffer.set(part, this.#used)
      this.#used += part.length
      at += part.length
      if (this.#used < this.#chunkBytes) return
      this.#used = 0
      yield this.#buffer
    }
  }

  /** What is left. */
  *end(): Generator<Uint8Array, void, undefined> {
    if (this.#used > 0) yield this.#buffer.subarray(0, this.#used)
    this.#used = 0
  }
}
