/**
 * Farewells: what somebody who is out has to be given to come to the same answer as everybody else.
 *
 * The operation that put them out is not always enough. Whoever was handed the space by an owner who had not heard of their
 * removal is its owner until the tenure ends; a removal counts only as long as nobody decides over whoever made it. And
 * those who did not know any better have gone on telling them things meanwhile.
 *
 * The rule: *decisions* are the operation that put them out and those that ended their ownership, or kept them from it. Of
 * every log they are served what was written without knowing all of these, as far as the last operation in it that decides
 * over people; and the decisions. That is a set with all its causes, and whoever has honestly told them anything knew less.
 * Where they are not out by these operations alone, those that decide over people and are dated next are decisions too.
 *
 * Source: `docs/design/004-removal.md`. Invariant: nothing is served that was written with knowledge of all decisions.
 */

import type { PersonId } from '@hamlet/core'
import { includesControl } from './control-past.ts'
import type { ControlPast } from './control-past.ts'
import type { ControlNode } from './control-node.ts'
import type { ControlOperation } from './control-operation.ts'
import { ownerBy } from './control-standing.ts'
import type { Standing } from './control-standing.ts'
import type { DeviceTrack } from './device-track.ts'

export interface Farewell {
  readonly decisions: readonly ControlNode[]
  /** The latest date of a decision, or of what decides over people and does not know all of them. */
  readonly untilMs: number
}

export interface FarewellParts {
  /** The operation by which the device lost its place. */
  readonly exit: ControlNode
  readonly person: PersonId | undefined
  readonly standing: Standing
  /** What counted where it was made, causes before effects. */
  readonly nodes: readonly ControlNode[]
  /** Whether somebody who holds these operations and no others knows that the device is out. */
  isOutBy(nodes: readonly ControlNode[]): boolean
}

/** What may decide, in the end, whether somebody is in. */
const DECIDING: ReadonlySet<ControlOperation['name']> = new Set([
  'admit',
  'grant',
  'demote',
  'remove',
  'leave',
  'owner-transfer',
  'device-revoke',
  'invite-revoke',
])

export function farewellOf(parts: FarewellParts): Farewell {
  const deciding = parts.nodes.filter(({ operation }) => DECIDING.has(operation.name))
  const decisions = [...new Set([parts.exit, ...endsOfOwnership(parts)])]
  // Twice as many each time, so that it does not take long where it takes many.
  for (let more = 1; ; more *= 2) {
    const farewell = { decisions: [...decisions], untilMs: untilOf(decisions, deciding) }
    const served = parts.nodes.filter((node) => isServed(farewell, node))
    if (served.length === parts.nodes.length || parts.isOutBy(served)) return farewell
    const unknown = deciding.filter((node) => !isServed(farewell, node))
    if (unknown.length === 0) return farewell
    decisions.push(...unknown.sort((a, b) => a.timeMs - b.timeMs).slice(0, more))
  }
}

/** How much of a log is served; `undefined` decisions in it are of other histories. */
export function servedOf(farewell: Farewell, track: DeviceTrack): number {
  const { decisions, untilMs } = farewell
  const dated = track.lengthBefore({ milliseconds: untilMs + 1, counter: 0 })
  const unaware = track.lengthWithout((past) => knowsAll(past, decisions))
  const own = decisions.filter(({ device, log }) => device === track.device && log === undefined)
  return Math.max(Math.min(dated, unaware), ...own.map(({ seq }) => seq + 1))
}

/** By what a tenure of the person ended, or was given to somebody else. */
function endsOfOwnership({ person, standing, nodes }: FarewellParts): ControlNode[] {
  const { owners } = standing
  return nodes.flatMap((node) => {
    const { id, operation, verdict } = node
    const begins = operation.name === 'owner-transfer' || operation.name === 'genesis'
    if (person === undefined || !begins || ownerBy(node) !== person) return []
    const place = owners.indexOf(node)
    const before = owners.findIndex((owner) => owner.id === (place < 0 ? verdict.tenure : id))
    return before < 0 ? [] : owners.slice(before + 1, before + 2)
  })
}

function untilOf(decisions: readonly ControlNode[], deciding: readonly ControlNode[]): number {
  const unaware = deciding.filter(({ past }) => !knowsAll(past, decisions))
  return Math.max(...[...decisions, ...unaware].map(({ timeMs }) => timeMs))
}

/** Whether an operation is among what is served. */
export function isServed({ decisions, untilMs }: Farewell, node: ControlNode): boolean {
  if (decisions.includes(node)) return true
  return node.timeMs <= untilMs && !knowsAll(node.past, decisions)
}

function knowsAll(past: ControlPast, decisions: readonly ControlNode[]): boolean {
  return decisions.every(({ deviceIndex, ordinal }) => includesControl(past, deviceIndex, ordinal))
}
