/** Graphs that once broke a property of the rules of membership: none breaks one now. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNodeCrypto } from '@hamlet/identity/node'
import { Cast } from '../../src/access-model/cast.ts'
import { readKeptGraphs, restoreGraph } from '../../src/access-model/kept-graphs.ts'
import { findProblem, reachedBy } from '../../src/access-model/properties.ts'
import { SeededRandom } from '../../src/simulator/seeded-random.ts'

const ORDERS = 8
const cast = new Cast(createNodeCrypto())

for (const kept of readKeptGraphs()) {
  test(`graph ${kept.name} breaks nothing any more: ${kept.found}`, () => {
    const facts = restoreGraph(cast, kept)
    const reached = reachedBy(facts)
    for (let seed = 1; seed <= ORDERS; seed++) {
      assert.equal(findProblem(facts, new SeededRandom(seed), reached), undefined)
    }
    for (const state of kept.reaches) assert.ok(reached.has(state), `${state} is not reached`)
  })
}
