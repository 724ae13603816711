/**
 * `npm run model`: checks the rules of membership on random graphs of operations and says what they reached.
 *
 *     --graphs N   so many graphs (default 10,000)      --from S   beginning with seed S (default 1)
 *     --seed S     one graph alone
 *
 * Exit code 1 when a graph breaks a property. The properties: `access-model/properties.ts`.
 */

import { parseArgs } from 'node:util'
import { createNodeCrypto } from '@hamlet/identity/node'
import { Cast } from './access-model/cast.ts'
import { checkGraph } from './access-model/properties.ts'

process.exitCode = main()

function main(): number {
  const { values } = parseArgs({
    options: {
      graphs: { type: 'string', default: '10000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
    },
  })
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
