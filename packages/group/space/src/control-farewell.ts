/**
 * Farewells: what somebody who is out has to be given to come to the same answer as everybody else.
 *
 * The operation that put them out is not always enough. Whoever was handed the space by an owner who had not heard of their
 * removal is its owner until the tenure ends; a removal counts only as long as nobody decides over whoever made it. And
 * those who did not know any better have gone on telling them things meanwhile.
 *
 * The rule: *decisions* are the operation that put them out, those that ended their ownership or kept them from it, and the
 * reasons why these stand (`Standing.reasons`): of whatever decides over people, did not know all decisions, and was cut off,
 * displaced or kept from falling by another operation, that other one. Of every log they are served what was written without
 * knowing all decisions, as far as the last operation in it that decides over people; and the decisions. That is a set with
 * all its causes. Whoever knew all decisions knew that they are out, so whoever has honestly told them anything knew less.
 *
 * Source: `docs/design/004-removal.md`. Invariant: nothing is served that was written with knowledge of all decisions.
 */

import type { DeviceId, PersonId } from '@hamlet/core'
import { includesControl } from './control-past.ts'
import type { ControlPast } from './control-past.ts'
import type { ControlNode } from './control-node.ts'
import type { ControlOperation } from './control-operation.ts'
import { latestOf, precedes } from './control-people.ts'
import { ownerBy } from './control-standing.ts'
import type { Standing } from './control-standing.ts'
import type { DeviceTrack } from './device-track.ts'

export interface Farewell {
  readonly decisions: readonly ControlNode[]
  /** The latest date of a decision, or of what decides over people and does not know all of them. */
  readonly untilMs: number
}

export interface FarewellParts {
  /** What has no place any more, and whose it was. */
  readonly device: DeviceId
  readonly person: PersonId
  readonly standing: Standing
  /** What counted where it was made, causes before effects. */
  readonly nodes: readonly ControlNode[]
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

/** What to serve a device that lost its place. */
export function farewellOf(parts: FarewellParts): Farewell {
  const deciding = parts.nodes.filter(({ operation }) => DECIDING.has(operation.name))
  const decisions = withReasons(parts, deciding, exitsOf(parts))
  return { decisions, untilMs: untilOf(decisions, deciding) }
}

/** What put the device out: its revocation, or for each way in the last operation by which the person went. */
function exitsOf(parts: FarewellParts): ControlNode[] {
  const { device, person, standing } = parts
  const { people, voided } = standing
  const counts = ({ id }: ControlNode): boolean => !voided.has(id)
  const revocation = people.revocations.get(device)?.find(counts)
  if (revocation !== undefined) return [revocation]
  const { entrances = [], exits = [], claims = [] } = people.records.get(person) ?? {}
  const own = claims.filter((claim) => claim.device === device && counts(claim.node))
  const last = entrances.flatMap(({ node }) => {
    const isWayIn = own.some((claim) => claim.node === node || precedes(node, claim.node))
    if (!isWayIn || !counts(node)) return []
    return latestOf(exits.filter((exit) => counts(exit) && !precedes(exit, node))) ?? []
  })
  return [...last, ...endsOfOwnership(parts)]
}

/** Adds why these stand, and why admissions of the person fell, for whoever has not known all of it. */
function withReasons(
  { person, standing }: FarewellParts,
  deciding: readonly ControlNode[],
  exits: readonly ControlNode[],
): ControlNode[] {
  const { people, reasons, voided } = standing
  const entrances = people.records.get(person)?.entrances ?? []
  const fallen = entrances.map(({ node }) => node).filter(({ id }) => voided.has(id))
  const decisions = new Set(exits)
  for (let before = -1; before < decisions.size;) {
    before = decisions.size
    const known = [...decisions]
    for (const node of deciding) {
      const found = reasons.get(node.id)
      if (found === undefined) continue
      const isBehindFall = fallen.some((fall) => fall === node || precedes(node, fall))
      if (isBehindFall || !knowsAll(node.past, known)) for (const each of found) decisions.add(each)
    }
  }
  return [...decisions]
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
    if (!begins || ownerBy(node) !== person) return []
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
