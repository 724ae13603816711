/** The sum of many worlds: what was run, what went wrong on purpose, what was reached, and what failed. */

import { Reached, REACHED_STATES } from './reached.ts'
import type { WorldReport } from './world.ts'

const HOUR_MS = 3_600_000

export class Campaign {
  readonly reached = new Reached()
  readonly failed: number[] = []
  readonly #faults = new Map<string, number>()
  readonly #acts = new Map<string, number>()
  readonly #startedMs = performance.now()
  seeds = 0
  simulatedMs = 0
  events = 0
  acknowledged = 0
  healingMsMax = 0

  add(report: WorldReport): void {
    const { problem, options, network, faults, acts } = report
    this.seeds++
    if (problem !== undefined) this.failed.push(options.seed)
    this.simulatedMs += report.simulatedMs
    this.events += report.events
    this.acknowledged += report.acknowledged
    this.healingMsMax = Math.max(this.healingMsMax, report.healingMs)
    this.reached.addAll(report.reached)
    const { lost, duplicated, reordered, congested, resets } = network
    addAll(this.#faults, { lost, duplicated, reordered, congested, resets, ...faults })
    addAll(this.#acts, acts)
  }

  get wallMs(): number {
    return performance.now() - this.#startedMs
  }

  get faults(): ReadonlyMap<string, number> {
    return this.#faults
  }

  get acts(): ReadonlyMap<string, number> {
    return this.#acts
  }
}

export function formatCampaign(campaign: Campaign): string {
  const { seeds, events, acknowledged, reached, failed } = campaign
  const seconds = campaign.wallMs / 1_000
  const acts = [...campaign.acts.values()].reduce((sum, count) => sum + count, 0)
  return [
    `${seeds} worlds, ${(campaign.simulatedMs / HOUR_MS).toFixed(1)} simulated hours, ${events} events`,
    `${(seeds / seconds).toFixed(1)} worlds a second; slowest agreement ${campaign.healingMsMax / 1_000} s`,
    `${acts} acts of people (${listed(campaign.acts)}); ${acknowledged} acknowledged writes`,
    `faults: ${listed(campaign.faults)}`,
    `reached: ${REACHED_STATES.map((state) => `${state} ${reached.get(state)}`).join(', ')}`,
    failed.length === 0 ? 'no world failed' : `${failed.length} failed: ${failed.join(', ')}`,
  ].join('\n')
}

function addAll(sums: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count)
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ')
}
