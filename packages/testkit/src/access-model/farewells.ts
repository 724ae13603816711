/**
 * What somebody who is out is served tells them that they are, whatever they were told before.
 *
 * 1. Every device that was let in and has no place any more is served something, with all its causes.
 * 2. Whoever holds that knows that the device is out: alone, and with all that was ever written by those who took its person
 *    for a member or by the device itself.
 * 3. Whoever knows the decisions that are told knows it, whatever else they know. So nobody who took them for a member knew
 *    all decisions, and what others served before, who knew less, does no harm.
 */

import type { DeviceId } from '@hamlet/core'
import { includesControl, isServed } from '@hamlet/space'
import type { ControlGraph, ControlNode, ControlPast, Farewell } from '@hamlet/space'
import type { SeededRandom } from '../simulator/seeded-random.ts'
import type { GraphFacts } from './graph-world.ts'

/** So many parts of a graph are tried, each with what so many of its operations had seen. */
const SUBSETS = 3
const SUBSET_MAX = 4

export function findFarewellProblem(
  { graph }: GraphFacts,
  random: SeededRandom,
  reached: Set<string>,
): string | undefined {
  for (const [device, person] of graph.knownDevices) {
    const farewell = graph.farewellOf(device)
    const isIn = graph.current.owners.has(device)
    if (isIn !== (farewell === undefined)) return `${nameOf(device)} is not said farewell, or is in`
    if (farewell === undefined) continue
    reached.add(farewell.decisions.length > 1 ? 'several decisions told' : 'a decision told')
    if (graph.current.members.has(person)) reached.add('a device told whose person is in')
    const problem = findProblemOf(graph, device, farewell, random)
    if (problem !== undefined) return `${nameOf(device)} ${problem}`
  }
  return undefined
}

function findProblemOf(
  graph: ControlGraph,
  device: DeviceId,
  farewell: Farewell,
  random: SeededRandom,
): string | undefined {
  const nodes = [...graph.nodes()]
  const served = nodes.filter((node) => isServed(farewell, node))
  const held = withAll(graph, graph.pasts.empty, served)
  if (held.size !== served.length) return 'is served what lacks its causes'
  if (graph.stateAt(held).owners.has(device)) return 'is out and not told'
  const trusting = nodes.filter((node) => graph.stateAt(node.past).owners.has(device))
  if (trusting.some((node) => knowsAll(node, farewell))) {
    return 'was taken for a member by somebody who knew all it is told'
  }
  const decided = withAll(graph, graph.pasts.empty, farewell.decisions)
  for (let i = 0; i < SUBSETS; i++) {
    const some = Array.from({ length: random.int(1, SUBSET_MAX) }, () => random.pick(nodes))
    if (isInWith(graph, device, decided, some))
      return 'is in by what somebody may know who knows all it is told'
  }
  const own = nodes.filter((node) => node.device === device)
  return isInWith(graph, device, held, [...trusting, ...own])
    ? 'is out and not told, by what it had been told'
    : undefined
}

function knowsAll(node: ControlNode, { decisions }: Farewell): boolean {
  return decisions.every(({ deviceIndex, ordinal }) => {
    return includesControl(node.past, deviceIndex, ordinal)
  })
}

function isInWith(
  graph: ControlGraph,
  device: DeviceId,
  held: ControlPast,
  nodes: readonly ControlNode[],
): boolean {
  return graph.stateAt(withAll(graph, held, nodes)).owners.has(device)
}

function withAll(
  graph: ControlGraph,
  held: ControlPast,
  nodes: readonly ControlNode[],
): ControlPast {
  return nodes.reduce((past, node) => {
    return graph.pasts.join(past, graph.pasts.advance(node.past, node.deviceIndex))
  }, held)
}

function nameOf(device: DeviceId): string {
  return device.slice(0, 4)
}
