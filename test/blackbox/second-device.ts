/**
 * A second device of the first host's person: linked by a code while the faults go on, both screens' numbers being
 * compared as a person would, and in some worlds taken out again by the first.
 */

import type { Host } from './host.ts'
import type { Recorder } from './recorder.ts'
import type { Residents } from './residents.ts'
import type { SeededRandom } from './seeded-random.ts'
import { sleep } from './workload.ts'

const POLL_MS = 500
const STEP_MS_MAX = 40_000
const LOST_CHANCE = 0.7

export interface SecondDeviceOptions {
  readonly first: Host
  readonly second: Host
  readonly residents: Residents
  readonly recorder: Recorder
  readonly random: SeededRandom
  /** Of the faults; it is linked in the first half. */
  readonly chaosMs: number
  readonly log: (line: string) => void
  readonly onDifferentNumbers: (numbers: string) => void
}

interface LinkState {
  readonly state: string
  readonly code?: string
  readonly number?: string
}

export class SecondDevice {
  readonly #options: SecondDeviceOptions
  #isStopped = false
  #run: Promise<void> | undefined

  constructor(options: SecondDeviceOptions) {
    this.#options = options
  }

  start(): void {
    this.#run = this.#live()
  }

  /** What is under way is brought to its end. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#run
  }

  async #live(): Promise<void> {
    const { random, chaosMs, residents, second, log } = this.#options
    const isLost = random.chance(LOST_CHANCE)
    await this.#sleep((random.next() * chaosMs) / 4)
    while (!this.#isStopped && !(await this.#link())) await this.#sleep(2 * POLL_MS)
    // A stop may have come between the confirmation and its answer.
    if ((await this.#ask(second))?.state !== 'done') return
    log(`${second.name} is linked`)
    residents.add(second)
    await this.#sleep(((1 + random.next()) * chaosMs) / 6)
    if (isLost && !this.#isStopped) await this.#revoke()
  }

  /** Whether the second is a device of the first's person now. */
  async #link(): Promise<boolean> {
    const { first, second, residents, recorder } = this.#options
    if (!residents.isIn(first) || !first.isUp || !second.isUp) return false
    const shown = await recorder.other(first, 'show code', 'POST', '/device-link', {})
    const code = (shown.body as LinkState | undefined)?.code
    if (shown.outcome !== 'ok' || code === undefined) return false
    await recorder.other(second, 'use code', 'PUT', '/device-link', { code })
    const [here, there] = await this.#both((state) => state !== 'waiting' && state !== 'connecting')
    if (here?.state === 'comparing' && there?.state === 'comparing')
      await this.#confirm(here, there)
    if ((await this.#ask(second))?.state === 'done') return true
    for (const host of [first, second])
      await recorder.other(host, 'end link', 'DELETE', '/device-link')
    return false
  }

  async #confirm(here: LinkState, there: LinkState): Promise<void> {
    const { first, recorder, onDifferentNumbers } = this.#options
    if (here.number !== there.number) {
      onDifferentNumbers(`${here.number} and ${there.number}`)
      return
    }
    await recorder.link(first)
    await this.#both((state) => state === 'done' || state === 'failed' || state === 'none')
  }

  /** Both sides' states, once both are such, or as they are after a while. */
  async #both(isSuch: (state: string) => boolean) {
    const deadlineMs = performance.now() + STEP_MS_MAX
    for (;;) {
      const states = [
        await this.#ask(this.#options.first),
        await this.#ask(this.#options.second),
      ] as const
      const isOver = states.every((state) => state !== undefined && isSuch(state.state))
      if (isOver || performance.now() > deadlineMs) return states
      await sleep(POLL_MS)
    }
  }

  async #ask(host: Host): Promise<LinkState | undefined> {
    const { outcome, body } = await host.request('GET', '/device-link')
    return outcome === 'ok' ? (body as LinkState) : undefined
  }

  async #revoke(): Promise<void> {
    const { first, second, recorder, log } = this.#options
    const { body } = await second.request('GET', '/status')
    const status = body as { person: string; device: string } | undefined
    if (status === undefined) return
    const { person, device } = status
    log(`${first.name} takes out ${second.name}`)
    const path = `/devices/${device}/revoke`
    while (!this.#isStopped) {
      const what = { act: 'revoke', person, device } as const
      const { code } = await recorder.change(first, what, 'POST', path, {})
      if (code !== 'NOT_UP') return
      await this.#sleep(POLL_MS)
    }
  }

  async #sleep(waitMs: number): Promise<void> {
    const untilMs = performance.now() + waitMs
    while (!this.#isStopped && performance.now() < untilMs) await sleep(100)
  }
}
