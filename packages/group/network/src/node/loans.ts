/**
 * Memory that is lent to a connection until its bytes are on their way: whoever lent it may use it again then.
 *
 * The idea: a message travels through the muxer's and libp2p's queues as views of the memory it lies in, and none of them says when it is
 * done with one. The socket does. So the buffer itself is the name of a loan, and whoever writes to a socket says how much of it went.
 *
 * Invariants:
 * 1. A loan ends when as many bytes of the buffer have left as were lent, and only then; a connection that broke, or another way that
 *    says nothing, leaves it open, and the memory is collected as any other.
 * 2. A buffer that is lent again before its loan has ended is never given back: nobody could say which bytes have left.
 */

const loans = new WeakMap<ArrayBufferLike, Loan>()

class Loan {
  readonly #buffer: ArrayBufferLike
  readonly #ended: () => void
  #openBytes: number

  constructor(bytes: Uint8Array, ended: () => void) {
    this.#buffer = bytes.buffer
    const before = loans.get(bytes.buffer)
    if (before) before.#openBytes = Number.POSITIVE_INFINITY
    this.#openBytes = before ? Number.POSITIVE_INFINITY : bytes.length
    this.#ended = ended
  }

  /** So many of its bytes have left. */
  left(bytes: number): void {
    this.#openBytes -= bytes
    if (this.#openBytes > 0) return
    loans.delete(this.#buffer)
    this.#ended()
  }
}

/** Lends the memory of `bytes`, alone in its buffer; `ended` is called once they have left, or never. */
export function lend(bytes: Uint8Array, ended: () => void): void {
  loans.set(bytes.buffer, new Loan(bytes, ended))
}

/** The loan that memory belongs to. */
export function loanOf(bytes: Uint8Array): Loan | undefined {
  return loans.get(bytes.buffer)
}
