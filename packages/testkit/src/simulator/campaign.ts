/**
 * The sum of many worlds: what was run, what went wrong on purpose, what was reached, and what failed.
 *
 * A sum is plain data, so that campaigns can be recorded and added up.
 */

import { Reached, REACHED_STATES } from './reached.ts'
import type { WorldReport } from './world.ts'
import type { Profile } from './world-options.ts'

const HOUR_MS = 3_600_000

type Counts = Readonly<Record<string, number>>

export interface CampaignSum {
  readonly profile: Profile
  readonly seeds: number
  /** Worlds that were run twice, with the same trace. */
  readonly twice: number
  readonly simulatedMs: number
  readonly wallMs: number
  readonly events: number
  readonly acknowledged: number
  readonly healingMsMax: number
  readonly acts: Counts
  readonly faults: Counts
  readonly attacks: Counts
  readonly reached: Counts
  readonly failed: readonly number[]
}

export class Campaign {
  readonly profile: Profile
  readonly reached = new Reached()
  readonly failed: number[] = []
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

  constructor(profile: Profile) {
    this.profile = profile
  }

  add(report: WorldReport): void {
    const { problem, options, network, faults, acts } = report
    this.seeds++
    if (report.ranTwice) this.twice++
    if (problem !== undefined) this.failed.push(options.seed)
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
  addLost(seed: number): void {
    this.seeds++
    this.failed.push(seed)
  }

  sum(): CampaignSum {
    const { profile, seeds, twice, simulatedMs, events, acknowledged, healingMsMax } = this
    return {
      ...{ profile, seeds, twice, simulatedMs, events, acknowledged, healingMsMax },
      wallMs: performance.now() - this.#startedMs,
      acts: Object.fromEntries(this.#acts),
      faults: Object.fromEntries(this.#faults),
      attacks: Object.fromEntries(this.#attacks),
      reached: this.reached.toRecord(),
      failed: this.failed,
    }
  }
}

export function formatCampaign(sum: CampaignSum): string {
  const { seeds, events, acknowledged, reached, failed, twice } = sum
  const acts = Object.values(sum.acts).reduce((total, count) => total + count, 0)
  return [
    `${seeds} worlds (${twice} of them twice), ${(sum.simulatedMs / HOUR_MS).toFixed(1)} simulated hours, ${events} events`,
    `${(seeds / (sum.wallMs / 1_000)).toFixed(1)} worlds a second; slowest agreement ${sum.healingMsMax / 1_000} s`,
    `${acts} acts of people (${listed(sum.acts)}); ${acknowledged} acknowledged writes`,
    `faults: ${listed(sum.faults)}`,
    `attacks: ${listed(sum.attacks)}`,
    `reached: ${REACHED_STATES.map((state) => `${state} ${reached[state] ?? 0}`).join(', ')}`,
    failed.length === 0 ? 'no world failed' : `${failed.length} failed: ${failed.join(', ')}`,
  ].join('\n')
}

function addAll(sums: Map<string, number>, counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count)
}

function listed(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
