/**
 * The input a worker is running, in memory it shares with its watchdog: if the worker hangs or dies, that is the crasher.
 *
 *     OFFSET  SIZE  FIELD
 *     0       4     inputs so far, modulo 2^32
 *     4       4     length of the input
 *     8       n     input
 */

const HEADER_BYTES = 8
const INPUT_BYTES_MAX = 4 * 1024 * 1024

export class WatchedInput {
  readonly memory: SharedArrayBuffer
  readonly #head: Int32Array
  readonly #bytes: Uint8Array

  constructor(memory = new SharedArrayBuffer(HEADER_BYTES + INPUT_BYTES_MAX)) {
    this.memory = memory
    this.#head = new Int32Array(memory, 0, 2)
    this.#bytes = new Uint8Array(memory, HEADER_BYTES)
  }

  readonly set = (input: Uint8Array): void => {
    const length = Math.min(input.length, this.#bytes.length)
    this.#bytes.set(length === input.length ? input : input.subarray(0, length))
    Atomics.store(this.#head, 1, length)
    Atomics.add(this.#head, 0, 1)
  }

  get count(): number {
    return Atomics.load(this.#head, 0)
  }

  get input(): Uint8Array {
    return this.#bytes.slice(0, Atomics.load(this.#head, 1))
  }
}
