/**
 * How much somebody has given, as far as the viewer can tell: the largest flow from the viewer to them, in at most three
 * steps.
 *
 * One step is what they gave the viewer; two, what they gave somebody who gave the viewer as much; three, one person
 * further. Flow with a bound on the length of its paths is found exactly by unrolling: each person between stands once for
 * the first step and once for the second, and both share the last edge. What reaches a group of keys of one
 * person is at most what real people vouch for them over the edges into the group, however many they are and whatever they
 * sign for each other.
 */

import type { PersonId } from '@hamlet/core'
import type { ContributionGraph, VouchEdge } from './contribution-graph.ts'
import { FlowNetwork } from './flow-network.ts'

export interface ContributionFlow {
  readonly bytes: number
  /** Edges that carry it, with how much: the receipts of these are why. */
  readonly via: readonly { readonly edge: VouchEdge; readonly bytes: number }[]
}

/** To one person, or to several taken together. */
export function contributionFlow(
  graph: ContributionGraph,
  targets: readonly PersonId[],
): ContributionFlow {
  const wanted = new Set(targets)
  wanted.delete(graph.viewer)
  const unrolled = new UnrolledGraph(graph, wanted)
  return unrolled.solve()
}

class UnrolledGraph {
  readonly #graph: ContributionGraph
  readonly #targets: ReadonlySet<PersonId>
  readonly #network = new FlowNetwork()
  readonly #source = this.#network.addNode()
  readonly #sink = this.#network.addNode()
  readonly #firsts = new Map<PersonId, number>()
  readonly #seconds = new Map<PersonId, number>()
  readonly #lasts = new Map<PersonId, number>()
  readonly #used: { readonly edge: VouchEdge; readonly index: number }[] = []

  constructor(graph: ContributionGraph, targets: ReadonlySet<PersonId>) {
    this.#graph = graph
    this.#targets = targets
  }

  solve(): ContributionFlow {
    const { viewer, edges } = this.#graph
    for (const edge of edges.get(viewer)?.values() ?? []) this.#addFirst(edge)
    for (const [person, first] of this.#firsts) this.#addSecond(person, first)
    const bytes = this.#network.maximumFlow(this.#source, this.#sink)
    const flows = this.#used.map(({ edge, index }) => ({
      edge,
      bytes: this.#network.flowOn(index),
    }))
    return { bytes, via: flows.filter((each) => each.bytes > 0) }
  }

  #addFirst(edge: VouchEdge): void {
    if (this.#targets.has(edge.to)) return this.#add(edge, this.#source, this.#sink)
    const first = this.#network.addNode()
    this.#firsts.set(edge.to, first)
    this.#add(edge, this.#source, first)
    this.#link(first, this.#last(edge.to))
  }

  #addSecond(person: PersonId, first: number): void {
    for (const edge of this.#graph.edges.get(person)?.values() ?? []) {
      if (this.#targets.has(edge.to) || edge.to === this.#graph.viewer) continue
      const last = this.#last(edge.to)
      if (last !== undefined) this.#add(edge, first, this.#second(edge.to, last))
    }
  }

  #second(person: PersonId, last: number): number {
    const known = this.#seconds.get(person)
    if (known !== undefined) return known
    const second = this.#network.addNode()
    this.#seconds.set(person, second)
    this.#link(second, last)
    return second
  }

  /** From where a person's edges to the targets start; `undefined` when they have none. */
  #last(person: PersonId): number | undefined {
    const known = this.#lasts.get(person)
    if (known !== undefined) return known
    const edges = [...(this.#graph.edges.get(person)?.values() ?? [])]
    const toTargets = edges.filter(({ to }) => this.#targets.has(to))
    if (toTargets.length === 0) return undefined
    const last = this.#network.addNode()
    this.#lasts.set(person, last)
    for (const edge of toTargets) this.#add(edge, last, this.#sink)
    return last
  }

  #link(from: number, to: number | undefined): void {
    if (to !== undefined) this.#network.addEdge(from, to, Number.MAX_SAFE_INTEGER)
  }

  #add(edge: VouchEdge, from: number, to: number): void {
    this.#used.push({ edge, index: this.#network.addEdge(from, to, edge.bytes) })
  }
}
