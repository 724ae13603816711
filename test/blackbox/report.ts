/** What one or more worlds did and found, as the table that goes into docs/testing.md. */

import type { FaultClass } from './fault-plan.ts'
import type { Operation } from './history.ts'
import type { SwitchCounts } from './packet-switch.ts'
import type { WorldReport } from './world-run.ts'

const FAULT_WORDS: Readonly<Record<FaultClass, string>> = {
  weather: 'changes of weather',
  partition: 'partitions',
  'one-way': 'partitions in one direction',
  unplug: 'cables pulled out',
  move: 'moves to another address',
  kill: '`kill -9`',
  stop: 'stops and starts',
  pause: 'pauses (SIGSTOP)',
  clock: 'clocks set wrong',
}

const ACTS = ['remove', 'role', 'hand over', 'vote', 'leave', 'revoke', 'adopt'] as const

/** Sums over the worlds of a campaign; worlds themselves are not kept. */
export class CampaignReport {
  readonly failedSeeds: number[] = []
  #worlds = 0
  #loopback = 0
  #hosts = 0
  #chaosMs = 0
  #messages = 0
  #shown = 0
  #slowestMs = 0
  #anomalies = 0
  #aside = 0
  #returns = 0
  #linked = 0
  #replaced = 0
  #outside = 0
  #unreached = 0
  #unheard = 0
  readonly #operations = new Map<string, Record<Operation['outcome'], number>>()
  readonly #faults = new Map<FaultClass, number>()
  readonly #frames: SwitchCounts = {
    frames: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    overflowed: 0,
    blocked: 0,
  }

  get worlds(): number {
    return this.#worlds
  }

  add(report: WorldReport): void {
    this.#worlds += 1
    if (report.kind === 'loopback') this.#loopback += 1
    this.#hosts += report.hosts
    this.#chaosMs += report.chaosMs
    this.#messages += report.messages
    this.#slowestMs = Math.max(this.#slowestMs, report.settledMs ?? 0)
    this.#anomalies += report.anomalies.length
    this.#aside += report.aside
    this.#returns += report.returns
    this.#linked += Number(report.isLinked)
    this.#replaced += report.ownersReplaced
    const outside = report.outsiders.filter(({ standing }) => standing !== 'never in')
    this.#outside += outside.length
    this.#unreached += outside.filter(({ outOfReach }) => outOfReach).length
    this.#unheard += outside.filter(({ unheard }) => unheard).length
    if (report.anomalies.length > 0) this.failedSeeds.push(report.seed)
    for (const operation of report.operations) {
      this.#count(operation)
      if (operation.kind === 'read') this.#shown += operation.page?.messages.length ?? 0
    }
    for (const [name, count] of Object.entries(report.faults) as [FaultClass, number][]) {
      this.#faults.set(name, (this.#faults.get(name) ?? 0) + count)
    }
    if (report.frames === undefined) return
    for (const key of Object.keys(this.#frames) as (keyof SwitchCounts)[]) {
      this.#frames[key] += report.frames[key]
    }
  }

  toString(): string {
    const networks = this.#worlds - this.#loopback
    const kinds = `${networks} in namespaces, ${this.#loopback} on loopback without network faults`
    return table([
      ['worlds', `${number(this.#worlds)}: ${kinds}`],
      [
        'hosts, minutes of faults',
        `${number(this.#hosts)}, ${(this.#chaosMs / 60_000).toFixed(1)}`,
      ],
      ['operations: ok, refused or not sent, unknown', this.#describeOperations(() => true)],
      ...['send', 'edit', 'delete', 'react', 'read'].map((kind): [string, string] => [
        `— ${kind}`,
        this.#describeOperations((candidate) => candidate === kind),
      ]),
      ...ACTS.map((act): [string, string] => [
        `— ${act}`,
        this.#describeOperations((k) => k === act),
      ]),
      [
        'came in again; second devices linked; owners replaced by votes',
        [this.#returns, this.#linked, this.#replaced].map(number).join('; '),
      ],
      [
        'out at the end, of them not told, not heard to the end; entries set aside',
        `${[this.#outside, this.#unreached, this.#unheard].map(number).join(', ')}; ${number(this.#aside)}`,
      ],
      ['messages shown in reads, at the end', [this.#shown, this.#messages].map(number).join(', ')],
      ...(Object.keys(FAULT_WORDS) as FaultClass[]).map((name): [string, string] => [
        FAULT_WORDS[name],
        number(this.#faults.get(name) ?? 0),
      ]),
      ['frames between hosts', number(this.#frames.frames)],
      [
        'frames lost, duplicated, reordered',
        [this.#frames.lost, this.#frames.duplicated, this.#frames.reordered].map(number).join(', '),
      ],
      [
        'frames into partitions, beyond a narrow line',
        [this.#frames.blocked, this.#frames.overflowed].map(number).join(', '),
      ],
      ['slowest agreement after healing', `${(this.#slowestMs / 1000).toFixed(1)} s`],
      ['anomalies', number(this.#anomalies)],
    ])
  }

  #count(operation: Operation): void {
    const { outcome } = operation
    const kind = operation.kind === 'change' ? operation.act : operation.kind
    const counts = this.#operations.get(kind) ?? { ok: 0, fail: 0, info: 0 }
    counts[outcome] += 1
    this.#operations.set(kind, counts)
  }

  #describeOperations(isWanted: (kind: string) => boolean): string {
    const sums = { ok: 0, fail: 0, info: 0 }
    for (const [kind, counts] of this.#operations) {
      if (!isWanted(kind)) continue
      for (const outcome of ['ok', 'fail', 'info'] as const) sums[outcome] += counts[outcome]
    }
    return [sums.ok, sums.fail, sums.info].map(number).join(', ')
  }
}

/** One line about a world. */
export function describeWorld(report: WorldReport): string {
  const { seed, kind, hosts, chaosMs, settledMs, operations, faults, anomalies } = report
  const found = anomalies.length === 0 ? 'good' : `${anomalies.length} ANOMALIES`
  const settled =
    settledMs === undefined ? 'no agreement' : `agreed after ${(settledMs / 1000).toFixed(1)} s`
  const brought = Object.entries(faults).map(([name, count]) => `${count} ${name}`)
  return [
    `seed ${seed}: ${found}`,
    `${hosts} hosts in ${kind}`,
    `${(chaosMs / 1000).toFixed(0)} s of ${brought.join(', ') || 'no faults'}`,
    `${operations.length} operations`,
    settled,
  ].join('; ')
}

function number(value: number): string {
  return value.toLocaleString('en-GB')
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `| ${name.padEnd(width)} | ${value} |`).join('\n')
}
