/**
 * Most of what can flow from one node to another, in the cheapest way: successive shortest paths, each found by
 * Bellman-Ford with a queue (Ahuja, Magnanti, Orlin, "Network Flows", 9.7). Networks here have some hundred nodes and carry at
 * most 64 units: O(flow · nodes · arcs) at worst, in practice some arcs a unit.
 *
 * 1. Costs and capacities are integers, costs at least 0, sums of them below 2^53: every comparison is exact.
 * 2. Arcs are looked at in the order in which they were added, so the same network gives the same flow.
 */

import { assert } from '@hamlet/core'

export class FlowNetwork {
  readonly #arcsByNode: number[][] = []
  /** Arc `i` and its way back `i ^ 1` lie side by side. */
  readonly #to: number[] = []
  readonly #capacity: number[] = []
  readonly #cost: number[] = []

  addNode(): number {
    return this.#arcsByNode.push([]) - 1
  }

  /** Its number, for `flowOf`. */
  addArc(from: number, to: number, capacity: number, cost: number): number {
    assert(capacity >= 0 && cost >= 0, 'capacities and costs are not negative')
    const arc = this.#to.length
    this.#to.push(to, from)
    this.#capacity.push(capacity, 0)
    this.#cost.push(cost, -cost)
    this.#arcsByNode[from]!.push(arc)
    this.#arcsByNode[to]!.push(arc + 1)
    return arc
  }

  /** Sends as much as goes, a unit at a time; how much that was. */
  send(source: number, sink: number): number {
    let units = 0
    for (;;) {
      const path = this.#cheapestPath(source, sink)
      if (path === undefined) return units
      for (const arc of path) {
        this.#capacity[arc]!--
        this.#capacity[arc ^ 1]!++
      }
      units++
    }
  }

  /** What flows through an arc. */
  flowOf(arc: number): number {
    return this.#capacity[arc ^ 1]!
  }

  #cheapestPath(source: number, sink: number): readonly number[] | undefined {
    const nodes = this.#arcsByNode.length
    const distance = new Float64Array(nodes).fill(Infinity)
    const arrival = new Int32Array(nodes).fill(-1)
    const isQueued = new Uint8Array(nodes)
    distance[source] = 0
    const queue = [source]
    for (let next = 0; next < queue.length; next++) {
      const node = queue[next]!
      isQueued[node] = 0
      for (const arc of this.#arcsByNode[node]!) {
        const to = this.#to[arc]!
        const reached = distance[node]! + this.#cost[arc]!
        if (this.#capacity[arc] === 0 || reached >= distance[to]!) continue
        distance[to] = reached
        arrival[to] = arc
        if (isQueued[to] === 1) continue
        isQueued[to] = 1
        queue.push(to)
      }
    }
    return arrival[sink] === -1 ? undefined : this.#backFrom(sink, arrival)
  }

  #backFrom(sink: number, arrival: Int32Array): readonly number[] {
    const path: number[] = []
    for (let node = sink; arrival[node] !== -1;) {
      const arc = arrival[node]!
      path.push(arc)
      node = this.#to[arc ^ 1]!
    }
    return path
  }
}
