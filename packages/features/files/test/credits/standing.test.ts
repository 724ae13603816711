/**
 * Goal: what counts for a viewer is what real people vouch for, found exactly. Method: small graphs by hand, and random ones
 * against a flow that knows nothing of layers; keys of one attacker who sign each other anything.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToId, uint32ToBytes } from '@hamlet/core'
import type { PersonId } from '@hamlet/core'
import {
  contributionFlow,
  contributionGraph,
  contributionWalks,
  feedbackOutcome,
  FlowNetwork,
  incompleteBeta,
  keepOutcomes,
  lookupOrder,
  OUTCOMES_MAX,
  rankOf,
  reliabilityBound,
  slotOrder,
  Standings,
} from '@hamlet/files/credits'
import type { Contribution, Outcome } from '@hamlet/files/credits'
import { crypto, MIB, NOW_MS } from './_people.ts'

const DAY_MS = 24 * 3_600_000
const GIB = 1024 * MIB

function who(index: number): PersonId {
  return bytesToId<PersonId>(crypto.hash(uint32ToBytes(index)))
}

/** `[payer, payee, bytes]` each. */
function given(...edges: readonly (readonly [number, number, number])[]): readonly Contribution[] {
  return edges.map(([payer, payee, bytes]) => ({
    payer: who(payer),
    payee: who(payee),
    bytes,
    receipts: [],
  }))
}

function flowTo(target: number, edges: readonly Contribution[], distrusted: number[] = []): number {
  const graph = contributionGraph(who(0), edges, new Set(distrusted.map(who)))
  return contributionFlow(graph, [who(target)]).bytes
}

test('what somebody gave the viewer counts whole, and what they gave a friend as far as the friend did', () => {
  assert.equal(flowTo(1, given([0, 1, 100])), 100)
  assert.equal(flowTo(2, given([0, 1, 100], [1, 2, 70])), 70)
  assert.equal(flowTo(2, given([0, 1, 50], [1, 2, 70])), 50)
  assert.equal(flowTo(3, given([0, 1, 50], [1, 2, 70], [2, 3, 60])), 50)
  assert.equal(flowTo(4, given([0, 1, 50], [1, 2, 70], [2, 3, 60], [3, 4, 60])), 0)
  assert.equal(flowTo(9, given([0, 1, 50])), 0)
})

test('what passes one person is shared by all ways through them', () => {
  const edges = given([0, 1, 100], [0, 2, 100], [1, 3, 80], [2, 3, 80], [3, 4, 90])
  assert.equal(flowTo(4, edges), 90)
  const twice = given([0, 1, 40], [1, 2, 40], [0, 2, 30], [2, 3, 50], [1, 3, 20])
  assert.equal(flowTo(3, twice), 70)
})

test('a word about somebody counts up to what the speaker gave to others', () => {
  const edges = given([0, 1, 500], [1, 2, 1000], [5, 2, 1000])
  assert.equal(flowTo(2, edges), 500)
  const idle = given([0, 1, 500], [1, 2, 1000], [2, 1, 400])
  assert.equal(flowTo(2, idle), 500)
  assert.equal(flowTo(3, given([0, 1, 9], [1, 2, 500], [2, 3, 500])), 9)
})

test('of somebody whom forty speak of, one of them counts for a twentieth', () => {
  const speakers = Array.from({ length: 40 }, (_, i): [number, number, number] => [10 + i, 2, 100])
  const edges = given([0, 1, 10_000], [1, 2, 4000], ...speakers)
  assert.equal(flowTo(2, edges), 400)
})

test('keys of one attacker get no more than real people gave them, whatever they sign for each other', () => {
  const sybils = Array.from({ length: 12 }, (_, i) => 100 + i)
  const lies = sybils.flatMap((a) => sybils.map((b): [number, number, number] => [a, b, 2 ** 40]))
  const honest: readonly [number, number, number][] = [
    [0, 1, 900],
    [1, 2, 600],
    [2, 1, 500],
    [1, 0, 300],
  ]
  const realEdges: readonly [number, number, number][] = [
    [1, 100, 30],
    [2, 101, 12],
  ]
  const edges = given(...honest, ...lies.filter(([a, b]) => a !== b), ...realEdges)
  const graph = contributionGraph(who(0), edges)
  for (const sybil of sybils) assert.ok(contributionFlow(graph, [who(sybil)]).bytes <= 42)
  assert.equal(contributionFlow(graph, sybils.map(who)).bytes, 42)
})

test('of a proven cheat only what the viewer received counts', () => {
  const edges = given([0, 1, 100], [1, 2, 100], [0, 2, 5], [2, 3, 50])
  assert.equal(flowTo(2, edges), 105)
  assert.equal(flowTo(2, edges, [2]), 5)
  assert.equal(flowTo(3, edges, [2]), 0)
})

test('flow in at most three steps is the same as by cutting and pushing paths one by one', () => {
  const edge = fc.tuple(fc.nat(6), fc.nat(6), fc.integer({ min: 1, max: 20 }))
  fc.assert(
    fc.property(
      fc.uniqueArray(edge, { maxLength: 24, selector: ([a, b]) => a * 7 + b }),
      (list) => {
        const edges = given(...list.filter(([a, b]) => a !== b))
        const graph = contributionGraph(who(0), edges)
        const { bytes, via } = contributionFlow(graph, [who(6)])
        assert.equal(bytes, slowestCut(graph, who(6)))
        const into = via.filter((each) => each.edge.to === who(6))
        assert.equal(
          into.reduce((sum, each) => sum + each.bytes, 0),
          bytes,
        )
      },
    ),
    { numRuns: 200 },
  )
})

/** By Ford and Fulkerson over whole paths of the unrolled graph, which gives the same when repeated with ways back. */
function slowestCut(graph: ReturnType<typeof contributionGraph>, target: PersonId): number {
  const network = new FlowNetwork()
  const nodes = new Map<string, number>()
  const node = (name: string) => {
    if (!nodes.has(name)) nodes.set(name, network.addNode())
    return nodes.get(name)!
  }
  const source = node('source')
  for (const [from, edges] of graph.edges) {
    for (const { to, bytes } of edges.values()) {
      if (from === target || to === graph.viewer) continue
      if (to === target)
        network.addEdge(
          from === graph.viewer ? source : node(`last ${from}`),
          node('target'),
          bytes,
        )
      else if (from === graph.viewer) network.addEdge(source, node(`first ${to}`), bytes)
      else network.addEdge(node(`first ${from}`), node(`second ${to}`), bytes)
    }
  }
  for (const person of graph.people) {
    network.addEdge(node(`first ${person}`), node(`last ${person}`), 2 ** 40)
    network.addEdge(node(`second ${person}`), node(`last ${person}`), 2 ** 40)
  }
  return network.maximumFlow(source, node('target'))
}

test('maximum flow finds the smallest cut of a network that has to be rerouted', () => {
  const network = new FlowNetwork()
  const [s, a, b, t] = [0, 1, 2, 3].map(() => network.addNode()) as [number, number, number, number]
  network.addEdge(s, a, 10)
  network.addEdge(s, b, 10)
  const across = network.addEdge(a, b, 1)
  network.addEdge(a, t, 4)
  network.addEdge(b, t, 9)
  assert.equal(network.maximumFlow(s, t), 13)
  assert.ok(network.flowOn(across) <= 1)
  assert.equal(network.maximumFlow(s, t), 0)
})

test('walks weigh the near more than the far, repeat, and enter an attacker over real edges only', () => {
  const edges = given(
    [0, 1, 1000],
    [0, 2, 1000],
    [1, 3, 500],
    [2, 3, 500],
    [3, 4, 400],
    [1, 9, 1],
    [1, 8, 499],
  )
  const lies = given([9, 10, 2 ** 40], [10, 9, 2 ** 40])
  const graph = contributionGraph(who(0), [
    ...edges,
    ...given([5, 1, 5000], [5, 2, 5000], [5, 3, 5000], [5, 9, 9]),
    ...lies,
  ])
  const walks = contributionWalks(graph, 4000)
  assert.deepEqual(walks, contributionWalks(graph, 4000))
  const weight = (index: number) => walks.get(who(index)) ?? 0
  assert.ok(weight(1) > weight(8) && weight(3) > weight(4))
  assert.ok(weight(4) > 0)
  assert.ok(weight(10) <= weight(9) && weight(9) < weight(8) / 20)
})

test('the bound of the posterior is the textbook’s, and rises with what was good', () => {
  // Beta(1, 1) is uniform; Beta(n + 1, 1) has x^(n+1) below x.
  assert.ok(Math.abs(reliabilityBound(0, 0) - 0.05) < 1e-9)
  assert.ok(Math.abs(reliabilityBound(19, 0) - 0.05 ** (1 / 20)) < 1e-9)
  assert.ok(Math.abs(reliabilityBound(0, 3) - (1 - 0.95 ** (1 / 4))) < 1e-9)
  assert.ok(Math.abs(incompleteBeta(2, 3, 0.4) - 0.5248) < 1e-9)
  assert.ok(reliabilityBound(50, 1) > reliabilityBound(5, 1))
  assert.ok(reliabilityBound(50, 10) < reliabilityBound(50, 1))
})

const nobody = {
  contributions: [],
  proofs: new Map(),
  graph: contributionGraph(who(0), []),
  nowMs: NOW_MS,
}

test('a newcomer starts at the bottom and nobody can talk them lower', () => {
  const standing = new Standings({ ...nobody, outcomes: [] }).of(who(5))
  assert.equal(standing.contribution.bytes, 0)
  assert.ok(Math.abs(standing.reliability.value - 0.05) < 1e-9)
  assert.equal(standing.tenure.sinceMs, undefined)
  assert.equal(rankOf(standing), 0)
})

test('what was seen counts half after a month, and proofs count against', () => {
  const outcomes: Outcome[] = [0, 30, 60].map((days) => ({
    person: who(1),
    kind: 'served',
    atMs: NOW_MS - days * DAY_MS,
    what: 'chunk',
  }))
  const { reliability } = new Standings({ ...nobody, outcomes }).of(who(1))
  assert.equal(reliability.good, 1.75)
  assert.equal(reliability.why.outcomes.length, 3)
  const proofs = new Map([[who(1), ['ab' as never]]])
  assert.equal(new Standings({ ...nobody, outcomes, proofs }).of(who(1)).reliability.bad, 1)
})

test('among more than five hundred people contribution is found by walks', () => {
  const crowd = Array.from({ length: 510 }, (_, i): [number, number, number] => [0, i + 1, GIB])
  const contributions = given(...crowd)
  const graph = contributionGraph(who(0), contributions)
  const { contribution } = new Standings({ ...nobody, contributions, graph, outcomes: [] }).of(
    who(7),
  )
  assert.equal(contribution.isExact, false)
  assert.ok(contribution.bytes > 0)
  const few = new Standings({
    ...nobody,
    contributions: given([0, 1, GIB]),
    graph: contributionGraph(who(0), given([0, 1, GIB])),
    outcomes: [],
  })
  assert.deepEqual(
    [few.of(who(1)).contribution.isExact, few.of(who(1)).contribution.value],
    [true, 0.5],
  )
})

test('three of four slots go by rank, and one goes round among everybody', () => {
  const waiting = Array.from({ length: 9 }, (_, i) => ({
    peer: `p${i}`,
    rank: i / 10,
    servedMs: 100 - i,
    turnMs: 10 + i,
  }))
  const stranger = { peer: 'new', rank: 0, servedMs: 1, turnMs: 1 }
  const peersOf = (list: typeof waiting) =>
    slotOrder(list, 4).map(({ peer, by }) => `${peer} ${by}`)
  const ranked = ['p8 standing', 'p7 standing', 'p6 standing']
  assert.deepEqual(peersOf([...waiting, stranger]), ['new turn', ...ranked])
  assert.deepEqual(peersOf([...waiting, { ...stranger, turnMs: 99 }]), ['p0 turn', ...ranked])
  assert.deepEqual(peersOf([stranger]), ['new turn'])
  assert.deepEqual(peersOf([]), [])
  const equal = [
    stranger,
    { ...stranger, peer: 'b', turnMs: 0 },
    { ...stranger, peer: 'c', servedMs: 0 },
  ]
  assert.deepEqual(peersOf(equal), ['b turn', 'c standing', 'new standing'])
})

test('peers are found best first, then by when they were seen', () => {
  const found = [
    { peer: 'a', rank: 0.1, seenMs: 9 },
    { peer: 'b', rank: 0.5, seenMs: 1 },
    { peer: 'c', rank: 0.1, seenMs: 10 },
  ]
  assert.deepEqual(
    lookupOrder(found).map(({ peer }) => peer),
    ['b', 'c', 'a'],
  )
})

test('feedback as in PeerNet is an outcome of this device, and other types are nothing', () => {
  const target = who(3)
  const event = (event_type: string) => feedbackOutcome({ event_type, target_peer_id: target }, 5)
  assert.deepEqual(event('SUCCESS_UPLOAD'), {
    person: target,
    kind: 'served',
    atMs: 5,
    what: 'feedback',
  })
  assert.equal(event('FAILED_UPLOAD')?.kind, 'failed')
  assert.equal(event('LIKED'), undefined)
  assert.equal(feedbackOutcome({ event_type: 'SUCCESS_UPLOAD', target_peer_id: 'x' }, 5), undefined)
  const many = Array.from({ length: OUTCOMES_MAX + 5 }, (_, atMs): Outcome => ({
    person: target,
    kind: 'served',
    atMs,
    what: 'chunk',
  }))
  const kept = keepOutcomes(many.slice(0, 7), many.slice(7))
  assert.equal(kept.length, OUTCOMES_MAX)
  assert.equal(kept[0]?.atMs, 5)
})
