/**
 * `npm run model`: checks the rules of membership on random graphs of operations and says what they reached.
 *
 *     --graphs N   so many graphs (default 10,000)      --from S   beginning with seed S (default 1)
 *     --seed S     one graph alone                     --shrink    the same, as small as it can be, for `kept-graphs/`
 *
 * Exit code 1 when a graph breaks a property. The properties: `access-model/properties.ts`.
 */

import { readCommandLine } from './command-line.ts'
import { createNodeCrypto } from '@hamlet/identity/node'
import { Cast } from './access-model/cast.ts'
import { formatKeptGraph, graphOf } from './access-model/kept-graphs.ts'
import { checkGraph, findProblem, growGraph, reachedBy } from './access-model/properties.ts'
import type { GraphFacts } from './access-model/graph-world.ts'
import { shrinkGraph } from './access-model/shrink-graph.ts'
import { SeededRandom } from './simulator/seeded-random.ts'

process.exitCode = main()

function main(): number {
  const { values } = readCommandLine(import.meta.url, {
    options: {
      graphs: { type: 'string', default: '10000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      shrink: { type: 'boolean', default: false },
    },
  })
  if (values.shrink && values.seed !== undefined) return shrink(Number(values.seed))
  const from = Number(values.seed ?? values.from)
  const graphs = values.seed === undefined ? Number(values.graphs) : 1
  const cast = new Cast(createNodeCrypto())
  const reached = new Map<string, number>()
  const failed: number[] = []
  let operations = 0
  const startMs = performance.now()
  for (let seed = from; seed < from + graphs; seed++) {
    const report = checkGraph(cast, seed)
    operations += report.operations
    for (const state of report.reached) reached.set(state, (reached.get(state) ?? 0) + 1)
    if (report.problem !== undefined) {
      failed.push(seed)
      console.log(`seed ${seed}: ${report.problem}`)
    }
    if ((seed - from + 1) % 50_000 === 0) console.log(`${seed - from + 1} graphs`)
  }
  const seconds = (performance.now() - startMs) / 1000
  console.log(
    `${graphs} graphs, ${operations} operations, ${(graphs / seconds).toFixed(0)} a second`,
  )
  const states = [...reached].sort(([a], [b]) => (a < b ? -1 : 1))
  console.log(`reached: ${states.map(([state, count]) => `${state} ${count}`).join(', ')}`)
  console.log(failed.length === 0 ? 'no graph failed' : `${failed.length} graphs failed`)
  return failed.length === 0 ? 0 : 1
}

/** Prints a file for `kept-graphs/`. Only what can be asked of a graph that nobody writes on can be shrunk. */
function shrink(seed: number): number {
  const cast = new Cast(createNodeCrypto())
  const { world } = growGraph(cast, seed)
  const problemOf = (facts: GraphFacts): string | undefined =>
    findProblem(facts, new SeededRandom(seed), new Set())
  if (problemOf(world) === undefined) {
    console.log(`seed ${seed}: good, there is nothing to shrink`)
    return 0
  }
  const { space, series } = world
  const records = shrinkGraph(cast, space, world.records, (facts) => problemOf(facts) !== undefined)
  const facts = graphOf(cast, space, records)
  const [problem, reaches] = [problemOf(facts) ?? '', [...reachedBy(facts)].sort()]
  console.log(formatKeptGraph(cast, { found: '', problem, reaches, series }, records))
  return 1
}
