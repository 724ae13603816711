/** What a log must hold after a crash: what was acknowledged, and the step under way either done or not begun. */

import assert from 'node:assert/strict'
import { block, blocksOf } from './_logs.ts'
import type { Random } from '@hamlet/core'
import type { Log } from '@hamlet/log'

export type Step =
  | { readonly type: 'append'; readonly count: number }
  | { readonly type: 'clear'; readonly from: number; readonly to: number }
  | { readonly type: 'truncate'; readonly length: number }

interface ModelState {
  readonly length: number
  readonly fork: number
  readonly cleared: ReadonlySet<number>
}

/** A step that a log of this length can take. */
export function randomStep(random: Random, length: number): Step {
  const [kind, high, low] = random.bytes(3)
  const value = high! * 256 + low!
  if (length > 3 && kind! % 8 === 0) return { type: 'truncate', length: value % length }
  if (length > 0 && kind! % 8 < 3) {
    const from = value % length
    return { type: 'clear', from, to: Math.min(length, from + 1 + (kind! % 5)) }
  }
  return { type: 'append', count: 1 + (value % 5) }
}

export async function takeStep(log: Log, step: Step): Promise<void> {
  if (step.type === 'append') await log.append(blocksOf(log.length, log.length + step.count))
  else if (step.type === 'clear') await log.clear(step.from, step.to)
  else await log.truncate(step.length)
}

export class LogModel {
  #state: ModelState = { length: 0, fork: 0, cleared: new Set() }
  #pending: Step | undefined

  get length(): number {
    return this.#state.length
  }

  begin(step: Step): void {
    this.#pending = step
  }

  end(): void {
    this.#state = after(this.#state, this.#pending!)
    this.#pending = undefined
  }

  /** The log is in one of the two states it may be in, which is known from then on. */
  settle(log: Log): void {
    const states = [this.#state]
    if (this.#pending) states.push(after(this.#state, this.#pending))
    const found = states.findLast((state) => isLike(log, state))
    const told = JSON.stringify({ length: log.length, fork: log.fork, pending: this.#pending })
    assert.ok(found, `neither done nor not begun: ${told}`)
    this.#state = found
    this.#pending = undefined
    for (let index = 0; index < found.length; index++) {
      if (!found.cleared.has(index)) assert.deepEqual(log.get(index), block(index))
    }
  }
}

function after({ length, fork, cleared }: ModelState, step: Step): ModelState {
  if (step.type === 'append') return { length: length + step.count, fork, cleared }
  if (step.type === 'truncate') {
    const kept = [...cleared].filter((index) => index < step.length)
    return { length: step.length, fork: fork + 1, cleared: new Set(kept) }
  }
  const more = Array.from({ length: step.to - step.from }, (_, i) => step.from + i)
  return { length, fork, cleared: new Set([...cleared, ...more]) }
}

function isLike(log: Log, { length, fork, cleared }: ModelState): boolean {
  if (log.length !== length || log.fork !== fork) return false
  return Array.from({ length }, (_, i) => log.has(i) !== cleared.has(i)).every(Boolean)
}
