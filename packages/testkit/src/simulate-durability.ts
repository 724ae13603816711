/**
 * `npm run durability`: years of objects whose owner is away, and how often they are lost, beside the formulas.
 *
 *     --years N      years of each scheme; a tenth of them of large circles, a quarter with holidays (default 2000)
 *     --seed S       another run (default 7)
 *     --setting PART only settings whose name contains it
 *     --write-docs   puts the tables of `docs/durability.md` anew
 *
 * Exit code 1 when an object was lost on a day on which its plan did not say so.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import {
  CIRCLES,
  durabilityTable,
  measure,
  SETTINGS,
  TABLE_SEED,
  yearsFor,
} from './durability-world/durability-table.ts'

const PAGE = new URL('../../../docs/durability.md', import.meta.url)
const BEGIN = '<!-- durability: begin, written by `npm run durability -- --write-docs` -->'
const END = '<!-- durability: end -->'

process.exitCode = main()

function main(): number {
  const { values } = parseArgs({
    options: {
      years: { type: 'string', default: '2000' },
      seed: { type: 'string', default: String(TABLE_SEED) },
      setting: { type: 'string', default: '' },
      'write-docs': { type: 'boolean', default: false },
    },
  })
  const [years, seed] = [Number(values.years), Number(values.seed)]
  const parts: string[] = []
  let unsaid = 0
  for (const setting of SETTINGS.filter(({ name }) => name.includes(values.setting))) {
    const rows = CIRCLES.map((scheme) => {
      return measure(setting, scheme, yearsFor(setting, scheme.total, years), seed)
    })
    unsaid += rows.reduce((sum, { lost, said }) => sum + lost - said, 0)
    parts.push(`${setting.name}:\n\n${durabilityTable(rows)}`)
    console.log(`${parts.at(-1)!}\n`)
  }
  const text = `Seed ${seed} (\`npm run durability -- --years ${years} --seed ${seed}\`).`
  const isWritten = !values['write-docs'] || writeDocs([text, ...parts].join('\n\n'))
  console.log(`${unsaid} objects were lost on a day on which nobody was told`)
  return isWritten && unsaid === 0 ? 0 : 1
}

function writeDocs(text: string): boolean {
  const page = readFileSync(PAGE, 'utf8')
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) return false
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`)
  return true
}
