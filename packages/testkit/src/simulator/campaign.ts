/**
 * The sum of many worlds: what was run, what went wrong on purpose, what was reached, and what failed.
 *
 * A sum is plain data, so that campaigns can be recorded and added up.
 */

import { Reached } from './reached.ts'
import type { ReachedStates } from './reached.ts'
import { ReachedByLogs } from './logs/log-reached.ts'
import { ReachedBySwarms } from './swarms/swarm-reached.ts'
import type { WorldReport } from './world.ts'
import type { Profile } from './world-options.ts'

const HOUR_MS = 3_600_000

type Counts = Readonly<Record<string, number>>

/** Worlds of spaces in three sizes, of logs, or of swarms. */
export type CampaignProfile = Profile | 'logs' | 'swarms'

/** What a campaign takes of a report of either kind of world. */
export type WorldSum = Omit<WorldReport, 'options'> & {
  readonly options: { readonly seed: number }
}

export interface CampaignSum {
  readonly profile: CampaignProfile
  readonly seeds: number
  /** Worlds that were run twice, with the same trace. */
  readonly twice: number
  readonly simulatedMs: number
  readonly wallMs: number
  /** Of all worker processes. Campaigns of the first day did not measure it. */
  readonly processorMs?: number
  /** The lowest and the highest seed. Campaigns of the first day did not note them. */
  readonly from?: number
  readonly to?: number
  readonly events: number
  readonly acknowledged: number
  readonly healingMsMax: number
  readonly acts: Counts
  readonly faults: Counts
  readonly attacks: Counts
  readonly reached: Counts
  readonly failed: readonly number[]
  /** What each of them failed with. */
  readonly failures?: readonly Failure[]
}

export interface Failure {
  readonly seed: number
  readonly oracle: string
  readonly detail: string
}

/** Of what is said of a failure in a record: its first line. A stack names places of the machine, and comes back with a replay. */
const DETAIL_LENGTH_MAX = 300

export class Campaign {
  readonly profile: CampaignProfile
  readonly reached: ReachedStates<string>
  readonly failures: Failure[] = []
  readonly #faults = new Map<string, number>()
  readonly #attacks = new Map<string, number>()
  readonly #acts = new Map<string, number>()
  readonly #startedMs = performance.now()
  seeds = 0
  twice = 0
  simulatedMs = 0
  events = 0
  acknowledged = 0
  healingMsMax = 0
  processorMs = 0
  #from = Infinity
  #to = 0

  constructor(profile: CampaignProfile) {
    this.profile = profile
    this.reached = reachedBy(profile)
  }

  add(report: WorldSum, processorMs = 0): void {
    const { problem, options, network, faults, acts } = report
    this.#count(options.seed)
    this.processorMs += processorMs
    if (report.ranTwice) this.twice++
    if (problem !== undefined) this.#fail(options.seed, problem.oracle, problem.detail)
    this.simulatedMs += report.simulatedMs
    this.events += report.events
    this.acknowledged += report.acknowledged
    this.healingMsMax = Math.max(this.healingMsMax, report.healingMs)
    this.reached.addAll(report.reached)
    const { lost, duplicated, reordered, congested, overflowed, clogged, resets } = network
    const links = { lost, duplicated, reordered, congested, overflowed, clogged, resets }
    addAll(this.#faults, { ...links, ...faults })
    addAll(this.#attacks, report.attacks)
    addAll(this.#acts, acts)
  }

  /** A world without a report. */
  addLost(seed: number, reason: string): void {
    this.#count(seed)
    this.#fail(seed, 'no report', reason)
  }

  #count(seed: number): void {
    this.seeds++
    this.#from = Math.min(this.#from, seed)
    this.#to = Math.max(this.#to, seed)
  }

  #fail(seed: number, oracle: string, detail: string): void {
    const [told] = detail.split('\n') as [string]
    this.failures.push({ seed, oracle, detail: told.slice(0, DETAIL_LENGTH_MAX) })
  }

  sum(): CampaignSum {
    const { profile, seeds, twice, simulatedMs, events, acknowledged, healingMsMax } = this
    return {
      ...{ profile, seeds, twice, simulatedMs, events, acknowledged, healingMsMax },
      wallMs: Math.round(performance.now() - this.#startedMs),
      processorMs: Math.round(this.processorMs),
      ...(this.seeds > 0 ? { from: this.#from, to: this.#to } : {}),
      acts: Object.fromEntries(this.#acts),
      faults: Object.fromEntries(this.#faults),
      attacks: Object.fromEntries(this.#attacks),
      reached: this.reached.toRecord(),
      failed: this.failures.map(({ seed }) => seed),
      failures: this.failures,
    }
  }
}

function reachedBy(profile: CampaignProfile): ReachedStates<string> {
  if (profile === 'logs') return new ReachedByLogs()
  return profile === 'swarms' ? new ReachedBySwarms() : new Reached()
}

export function formatCampaign(sum: CampaignSum): string {
  const { seeds, events, acknowledged, reached, failed, twice } = sum
  const acts = Object.values(sum.acts).reduce((total, count) => total + count, 0)
  return [
    `${seeds} worlds (${twice} of them twice), ${(sum.simulatedMs / HOUR_MS).toFixed(1)} simulated hours, ${events} events`,
    `${rate(seeds, sum.wallMs)} worlds a second, ${rate(seeds, sum.processorMs)} of processor time; slowest agreement ${sum.healingMsMax / 1_000} s`,
    `${acts} acts of people (${listed(sum.acts)}); ${acknowledged} acknowledged writes`,
    `faults: ${listed(sum.faults)}`,
    `attacks: ${listed(sum.attacks)}`,
    `reached: ${listed(reached)}`,
    failed.length === 0 ? 'no world failed' : `${failed.length} failed: ${failed.join(', ')}`,
  ].join('\n')
}

/** A second; `-` where it was not measured. */
export function rate(count: number, ms: number | undefined): string {
  return ms === undefined || ms === 0 ? '-' : ((1_000 * count) / ms).toFixed(1)
}

function addAll(sums: Map<string, number>, counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count)
}

function listed(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
