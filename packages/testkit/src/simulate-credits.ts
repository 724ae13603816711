/**
 * `npm run credits`: worlds of people who cheat for credit, and whether any of them gained more than they may.
 *
 *     --seeds N      so many seeds of every way to cheat (default 20)     --from S    beginning with seed S (default 1)
 *     --honest N     honest people (default 12)                           --days N    days of each world (default 10)
 *     --write-docs   puts the table of `docs/credits.md` anew
 *
 * Exit code 1 when a bound was broken.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { readCommandLine } from './command-line.ts'
import { createNodeCrypto } from '@hamlet/identity/node'
import {
  creditTable,
  runAll,
  TABLE_SEED,
  TABLE_SIZE,
  withTable,
} from './credit-world/credit-table.ts'

const PAGE = new URL('../../../docs/credits.md', import.meta.url)

process.exitCode = await main()

async function main(): Promise<number> {
  const { values } = readCommandLine(import.meta.url, {
    options: {
      seeds: { type: 'string', default: '20' },
      from: { type: 'string', default: '1' },
      honest: { type: 'string', default: '12' },
      days: { type: 'string', default: '10' },
      'write-docs': { type: 'boolean', default: false },
    },
  })
  if (values['write-docs']) return writeDocs()
  const size = { honest: Number(values.honest), days: Number(values.days) }
  const from = Number(values.from)
  let problems = 0
  for (let seed = from; seed < from + Number(values.seeds); seed++) {
    const reports = await runAll(createNodeCrypto(), seed, size)
    for (const { name, problems: found } of reports) {
      for (const problem of found) console.log(`seed ${seed}, ${name}: ${problem}`)
      problems += found.length
    }
    if (seed === from) console.log(creditTable(reports))
  }
  console.log(problems === 0 ? `${values.seeds} seeds, no bound was broken` : `${problems} broken`)
  return problems === 0 ? 0 : 1
}

async function writeDocs(): Promise<number> {
  const table = creditTable(await runAll(createNodeCrypto(), TABLE_SEED, TABLE_SIZE))
  const page = withTable(readFileSync(PAGE, 'utf8'), table)
  if (page === undefined) return 1
  writeFileSync(PAGE, page)
  return 0
}
