/**
 * Makes a failing world smaller: the fewest nodes, the shortest time, the fewest faults and acts that still break the
 * same promise.
 *
 * Nodes, time and whole classes of faults are taken away first, one at a time, as long as the same oracle goes on
 * failing; then acts, by delta debugging (Zeller and Hildebrandt, 2002): halves, quarters and so on, down to single
 * ones. Every candidate is a whole run, so what is left fails for certain.
 */

import type { Problem } from './oracles/problem.ts'
import type { WorldOptions } from './world-options.ts'

/** Of a world with spaces, of logs, or of swarms. */
export type ShrinkableOptions = Pick<WorldOptions, 'nodes' | 'chaosMs' | 'acts' | 'omittedActs'>

export interface ShrinkableReport<Options> {
  readonly options: Options
  readonly problem: Problem | undefined
}

export type RunOptions<Options, Report> = (options: Options) => Promise<Report>

export interface Shrunk<Report> {
  readonly report: Report
  /** Worlds that were run. */
  readonly runs: number
}

export type Simpler<Options> = (options: Options) => Partial<Options>

/** Each switches one class of faults off, or makes one number smaller. */
export const SIMPLER: readonly Simpler<WorldOptions>[] = [
  () => ({ spaces: 1 }),
  () => ({ furtherDevices: 0 }),
  () => ({ memberActRate: 0 }),
  () => ({ startsSettled: true }),
  () => ({ lateNodes: 0 }),
  () => ({ inviterLeaves: false }),
  () => ({ hostiles: [] }),
  ({ hostiles }) => ({ hostiles: hostiles.slice(1) }),
  ({ hostiles }) => ({ hostiles: hostiles.slice(0, 1) }),
  ({ hostiles }) => ({ hostiles: hostiles.map((it) => ({ ...it, attacks: it.attacks.slice(1) })) }),
  ({ hostiles }) => ({
    hostiles: hostiles.map((it) => ({ ...it, attacks: it.attacks.slice(0, 1) })),
  }),
  () => ({ partitions: 'none' }),
  () => ({ outsiders: 0 }),
  () => ({ topology: 'mesh' }),
  () => ({ clogEveryMs: 0 }),
  () => ({ resetEveryMs: 0 }),
  () => ({ pauseEveryMs: 0 }),
  () => ({ nightAtMs: 0 }),
  () => ({ syncFailEveryMs: 0 }),
  () => ({ diskLossEveryMs: 0 }),
  () => ({ restoreEveryMs: 0 }),
  () => ({ bitFlipEveryMs: 0 }),
  () => ({ readFailEveryMs: 0 }),
  () => ({ appendFailEveryMs: 0 }),
  () => ({ feudAtMs: 0 }),
  () => ({ resetsForks: false }),
  () => ({ laterRate: 0 }),
  () => ({ upgradeEveryMs: 0 }),
  () => ({ raisesRules: false }),
  () => ({ resetsApart: false }),
  () => ({ disappearing: null }),
  () => ({ ledgerRate: 0, ledgerHarmRate: 0 }),
  () => ({ ledgerHarmRate: 0 }),
  () => ({ clockSwingMs: 0 }),
  () => ({ crashEveryMs: 0 }),
  () => ({ tornWrites: false }),
  () => ({ kvLoss: false }),
  () => ({ syncMeanMs: 0 }),
  () => ({ diskFullEveryMs: 0 }),
  () => ({ clockSkewMs: 0 }),
  () => ({ clockDriftPpm: 0 }),
  () => ({ clockStepEveryMs: 0 }),
  () => ({ autoInviteRate: 0 }),
  () => ({ autoInviteRate: 1 }),
  () => ({ inviteUses: [1_000] }),
  ({ network }) => ({ network: { ...network, lossRate: 0 } }),
  ({ network }) => ({ network: { ...network, duplicateRate: 0 } }),
  ({ network }) => ({ network: { ...network, reorderRate: 0 } }),
  ({ network }) => ({ network: { ...network, congestionRate: 0 } }),
  ({ network }) => ({ network: { ...network, bytesPerSecond: 0 } }),
  ({ network }) => ({ network: { ...network, messagesMax: 0 } }),
  ({ network }) => ({ network: { ...network, delayMeanMs: 5 } }),
]

/** `failing`: the report of a world that broke a promise. */
export function shrinkWorld<
  Options extends ShrinkableOptions,
  Report extends ShrinkableReport<Options>,
>(
  failing: Report,
  run: RunOptions<Options, Report>,
  note: (line: string) => void,
  simpler: readonly Simpler<Options>[],
): Promise<Shrunk<Report>> {
  return new Shrinker(failing, run, note, simpler).shrink()
}

class Shrinker<Options extends ShrinkableOptions, Report extends ShrinkableReport<Options>> {
  #best: Report
  readonly #oracle: string
  readonly #run: RunOptions<Options, Report>
  readonly #note: (line: string) => void
  readonly #simpler: readonly Simpler<Options>[]
  #runs = 0

  constructor(
    failing: Report,
    run: RunOptions<Options, Report>,
    note: (line: string) => void,
    simpler: readonly Simpler<Options>[],
  ) {
    this.#best = failing
    this.#oracle = failing.problem!.oracle
    this.#run = run
    this.#note = note
    this.#simpler = simpler
  }

  async shrink(): Promise<Shrunk<Report>> {
    for (let before = ''; before !== this.#size();) {
      before = this.#size()
      await this.#fewerNodes()
      await this.#shorter()
      for (const simpler of this.#simpler) await this.#try(simpler(this.#best.options))
      await this.#fewerActs()
    }
    return { report: this.#best, runs: this.#runs }
  }

  #size(): string {
    return JSON.stringify(this.#best.options)
  }

  async #fewerNodes(): Promise<void> {
    const { nodes } = this.#best.options
    for (let fewer = 2; fewer < nodes; fewer++) if (await this.#tryOne({ nodes: fewer })) return
  }

  async #shorter(): Promise<void> {
    for (const factor of [0.5, 0.75, 0.9]) {
      while (await this.#tryOne({ chaosMs: Math.floor(this.#best.options.chaosMs * factor) }));
    }
  }

  /** Delta debugging over the acts that are left. */
  async #fewerActs(): Promise<void> {
    let parts = 2
    for (;;) {
      const left = actsLeft(this.#best.options)
      if (left.length === 0) return
      const size = Math.ceil(left.length / parts)
      const wasSmaller = await this.#withoutOnePart(left, size)
      if (wasSmaller) parts = Math.max(2, parts - 1)
      else if (size === 1) return
      else parts = Math.min(left.length, 2 * parts)
    }
  }

  async #withoutOnePart(left: readonly number[], size: number): Promise<boolean> {
    for (let from = 0; from < left.length; from += size) {
      const part = left.slice(from, from + size)
      const omittedActs = [...this.#best.options.omittedActs, ...part].sort((a, b) => a - b)
      if (await this.#tryOne({ omittedActs })) return true
    }
    return false
  }

  #tryOne(change: Partial<ShrinkableOptions>): Promise<boolean> {
    return this.#try(change as Partial<Options>)
  }

  /** Whether the changed world fails too; then it is the best so far. */
  async #try(change: Partial<Options>): Promise<boolean> {
    const { options } = this.#best
    const candidate = { ...options, ...change }
    if (candidate.chaosMs < 1_000 || JSON.stringify(candidate) === JSON.stringify(options)) {
      return false
    }
    this.#runs++
    const report = await this.#run(candidate)
    if (report.problem?.oracle !== this.#oracle) return false
    this.#best = report
    this.#note(`${this.#runs}: ${describe(candidate)}`)
    return true
  }
}

function actsLeft({ acts, omittedActs }: ShrinkableOptions): number[] {
  const omitted = new Set(omittedActs)
  return Array.from({ length: acts }, (_, i) => i).filter((act) => !omitted.has(act))
}

function describe(options: ShrinkableOptions): string {
  const { nodes, chaosMs } = options
  return `${nodes} nodes, ${chaosMs} ms, ${actsLeft(options).length} acts`
}
