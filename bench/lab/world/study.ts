/**
 * A day of a group on Hamlet, told step by step: people, a network that can be split, and what each step took.
 *
 * Only Hamlet: the baseline has no members, so nothing of this could be played on it.
 */

import { bytesToHex, errorCode } from '@hamlet/core'
import { draftMessage } from '@hamlet/chat'
import { CALM_NETWORK, Scheduler, SeededRandom } from '@hamlet/testkit/simulator'
import { CountingNetwork } from './counting-network.ts'
import { HamletSystem, labCrypto } from './hamlet-system.ts'
import { SYNC_MEAN_MS } from './play.ts'
import { Recorder } from './recorder.ts'

/** One line of the story. */
export interface StudyStep {
  readonly what: string
  /** How long it took, how many, or the code of a refusal. */
  readonly ms?: number
  readonly count?: number
  readonly code?: string
}

const MINUTE_MS = 60_000

export class Study {
  readonly steps: StudyStep[] = []
  readonly system: HamletSystem
  readonly #scheduler = new Scheduler()
  readonly #network: CountingNetwork

  constructor(seed: number, people: { readonly members: number; readonly admin?: number }) {
    const random = new SeededRandom(seed)
    this.#network = new CountingNetwork(this.#scheduler, random.fork('network'), () => undefined)
    this.#network.faults = { ...CALM_NETWORK, delayMeanMs: 60 }
    const recorder = new Recorder(() => this.#scheduler.nowMs)
    const ground = { scheduler: this.#scheduler, network: this.#network, recorder }
    const { members } = people
    this.system = new HamletSystem(ground, {
      ...{ seed, members, devices: members, syncMeanMs: SYNC_MEAN_MS },
      ...(people.admin === undefined ? {} : { admin: people.admin }),
    })
  }

  tell(step: StudyStep): void {
    this.steps.push(step)
  }

  space(member: number) {
    return this.system.space(member)
  }

  person(member: number) {
    return this.system.nodes[member]!.person
  }

  pass(ms: number): Promise<void> {
    return this.system.pass(ms)
  }

  awaited<T>(promise: Promise<T>): Promise<T> {
    return this.system.awaited(promise)
  }

  split(...groups: readonly (readonly number[])[]): void {
    const isJoined = (a: number, b: number): boolean =>
      groups.some((group) => group.includes(a) && group.includes(b))
    const { devices } = this.system
    this.#network.setCuts(
      devices.flatMap((a, i) =>
        devices.flatMap((b, j) => (i === j || isJoined(i, j) ? [] : [[a, b] as const])),
      ),
    )
  }

  append(member: number, text: string) {
    return this.space(member).append([draftMessage({ room: { id: this.system.room }, text })])
  }

  async write(member: number, text: string): Promise<void> {
    await this.awaited(this.append(member, text))
    await this.pass(1_000)
  }

  async countTexts(member: number, start: string): Promise<number> {
    const texts = await this.system.textsAt(member)
    return texts.filter((text) => text.startsWith(start)).length
  }

  agree(members: readonly number[]): boolean {
    const hashes = members.map((member) => {
      return bytesToHex(this.system.copy(member).controlHash(labCrypto))
    })
    return new Set(hashes).size === 1
  }

  async refusal(action: () => Promise<unknown>): Promise<{ readonly code: string }> {
    try {
      await this.awaited(action())
    } catch (error) {
      return { code: `refused, ${errorCode(error)}` }
    }
    return { code: 'done' }
  }

  async timed(action: () => Promise<unknown>): Promise<number> {
    const beganMs = this.#scheduler.nowMs
    let endedMs = beganMs
    const done = action().then(() => {
      endedMs = this.#scheduler.nowMs
    })
    await this.awaited(done)
    return endedMs - beganMs
  }

  timedUntil(what: string, isDone: () => boolean): Promise<void> {
    return this.timedUntilAfter(what, () => Promise.resolve(isDone))
  }

  /** In steps of 100 ms. */
  async timedUntilAfter(what: string, begin: () => Promise<() => boolean>): Promise<void> {
    const beganMs = this.#scheduler.nowMs
    const isDone = await begin()
    while (!isDone()) {
      if (this.#scheduler.nowMs > beganMs + 10 * MINUTE_MS) throw new Error(`never: ${what}`)
      await this.pass(100)
    }
    this.tell({ what, ms: this.#scheduler.nowMs - beganMs })
  }
}
