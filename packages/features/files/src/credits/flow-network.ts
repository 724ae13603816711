/**
 * Maximum flow by Dinic's algorithm (1970): how much can get from one node to another through edges of limited capacity.
 *
 * Layers are found by breadth first search, then filled by depth first search, until the sink is out of reach. Depth is
 * bounded by the caller's network, so recursion is. Capacities are non-negative numbers; whole ones give whole flows.
 */

interface Edge {
  readonly to: number
  residual: number
  readonly capacity: number
}

export class FlowNetwork {
  /** By node, indices of edges; edge `i ^ 1` is the way back of `i`. */
  readonly #edgesByNode: number[][] = []
  readonly #edges: Edge[] = []
  #levels: number[] = []
  #next: number[] = []

  addNode(): number {
    return this.#edgesByNode.push([]) - 1
  }

  /** Returns what `flowOn` is asked for. */
  addEdge(from: number, to: number, capacity: number): number {
    const index = this.#edges.push({ to, residual: capacity, capacity }) - 1
    this.#edges.push({ to: from, residual: 0, capacity: 0 })
    this.#edgesByNode[from]!.push(index)
    this.#edgesByNode[to]!.push(index + 1)
    return index
  }

  /** Fills the network; a second call adds what is left. */
  maximumFlow(source: number, sink: number): number {
    let flow = 0
    while (this.#findLevels(source, sink)) {
      this.#next = this.#edgesByNode.map(() => 0)
      let pushed = this.#push(source, sink, Number.POSITIVE_INFINITY)
      while (pushed > 0) {
        flow += pushed
        pushed = this.#push(source, sink, Number.POSITIVE_INFINITY)
      }
    }
    return flow
  }

  flowOn(edge: number): number {
    return this.#edges[edge ^ 1]!.residual
  }

  #findLevels(source: number, sink: number): boolean {
    this.#levels = this.#edgesByNode.map(() => -1)
    this.#levels[source] = 0
    const queue = [source]
    for (const node of queue) {
      for (const index of this.#edgesByNode[node]!) {
        const { to, residual } = this.#edges[index]!
        if (residual <= 0 || this.#levels[to]! >= 0) continue
        this.#levels[to] = this.#levels[node]! + 1
        queue.push(to)
      }
    }
    return this.#levels[sink]! >= 0
  }

  #push(node: number, sink: number, limit: number): number {
    if (node === sink) return limit
    const edges = this.#edgesByNode[node]!
    for (; this.#next[node]! < edges.length; this.#next[node]!++) {
      const index = edges[this.#next[node]!]!
      const edge = this.#edges[index]!
      if (edge.residual <= 0 || this.#levels[edge.to] !== this.#levels[node]! + 1) continue
      const pushed = this.#push(edge.to, sink, Math.min(limit, edge.residual))
      if (pushed <= 0) continue
      edge.residual -= pushed
      this.#edges[index ^ 1]!.residual += pushed
      return pushed
    }
    return 0
  }
}
