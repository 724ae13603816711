/**
 * A budget that refills with time: a peer's share of this device's processor, and of its answers.
 *
 * The idea: a token bucket. It holds at most `capacity`, every piece of work is paid for afterwards, and what was
 * overdrawn has to come in again before the next piece begins. Work is therefore never cut off in the middle, and a
 * budget only ever delays.
 *
 * Invariant: over any stretch of time no more is spent than `capacity`, what came in during it, and one piece of work.
 */

export interface BudgetRate {
  readonly capacity: number
  /** In which an empty budget is full again. */
  readonly refillMs: number
}

export class WorkBudget {
  readonly #rate: BudgetRate
  #left: number
  #atMs = Number.NEGATIVE_INFINITY

  constructor(rate: BudgetRate) {
    this.#rate = rate
    this.#left = rate.capacity
  }

  isSpent(nowMs: number): boolean {
    this.#refill(nowMs)
    return this.#left <= 0
  }

  spend(amount: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#left -= amount
  }

  #refill(nowMs: number): void {
    const { capacity, refillMs } = this.#rate
    const passedMs = Math.max(0, nowMs - this.#atMs)
    this.#left = Math.min(capacity, this.#left + (capacity * passedMs) / refillMs)
    this.#atMs = Math.max(this.#atMs, nowMs)
  }
}
