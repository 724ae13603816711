/**
 * Questions to one peer about one log that only an extension understands, and their answers, which may bring blocks along.
 *
 * The idea: who knows what a question is about also knows which blocks are read next, and sends them with the answer: one
 * round trip instead of two. An answer has the number of its question, so that nothing comes that was not asked for.
 *
 * Invariants:
 * 1. So many questions wait for an answer at a time, the rest waits here: the peer need not hold more.
 * 2. A question that was given up stays open until its answer came: an answer to none is a fault of the peer.
 * 3. A line uses no number twice: a log may be closed on it and opened again while an answer is on its way.
 */

import { ASKS_OPEN_MAX } from './limits.ts'

interface Question {
  readonly name: string
  readonly bytes: Uint8Array
  readonly settle: (answer: Uint8Array | undefined) => void
}

/** Of one line. */
export interface AskNumbers {
  next: number
}

export class ExchangeAsks {
  readonly #send: (request: number, name: string, bytes: Uint8Array) => void
  readonly #open = new Map<number, Question>()
  readonly #waiting = new Set<Question>()
  readonly #numbers: AskNumbers
  #isClosed = false

  constructor(
    numbers: AskNumbers,
    send: (request: number, name: string, bytes: Uint8Array) => void,
  ) {
    this.#numbers = numbers
    this.#send = send
  }

  /** Questions without an answer. */
  get count(): number {
    return this.#open.size + this.#waiting.size
  }

  /** Calls `settle` with the answer, with `undefined` when there will be none. The result takes back what was not sent yet. */
  ask(
    name: string,
    bytes: Uint8Array,
    settle: (answer: Uint8Array | undefined) => void,
  ): () => void {
    const question = { name, bytes, settle }
    if (this.#isClosed) settle(undefined)
    else this.#waiting.add(question)
    this.#sendMore()
    return () => this.#waiting.delete(question)
  }

  isOpen(request: number): boolean {
    return this.#open.has(request)
  }

  /** Whether it was asked on this line, before the log was closed on it perhaps. */
  wasAsked(request: number): boolean {
    return request < this.#numbers.next
  }

  /** The answer came; no bytes are none. */
  answered(request: number, bytes: Uint8Array): void {
    const question = this.#open.get(request)
    this.#open.delete(request)
    question?.settle(bytes.length > 0 ? bytes : undefined)
    this.#sendMore()
  }

  close(): void {
    this.#isClosed = true
    const questions = [...this.#open.values(), ...this.#waiting]
    this.#open.clear()
    this.#waiting.clear()
    for (const { settle } of questions) settle(undefined)
  }

  #sendMore(): void {
    for (const question of this.#waiting) {
      if (this.#open.size >= ASKS_OPEN_MAX) return
      this.#waiting.delete(question)
      const request = this.#numbers.next++ % 2 ** 32
      this.#open.set(request, question)
      this.#send(request, question.name, question.bytes)
    }
  }
}
