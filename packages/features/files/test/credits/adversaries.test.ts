/**
 * Goal: nobody gains more by cheating than stated, and the page that says so is what a run gives. Method: the worlds of
 * `@hamlet/testkit/credit-world` at their smallest; more and larger ones: `npm run credits`.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  creditTable,
  runAll,
  TABLE_SEED,
  TABLE_SIZE,
  withTable,
} from '@hamlet/testkit/credit-world'
import { crypto } from './_people.ts'

const page = readFileSync(new URL('../../../../../docs/credits.md', import.meta.url), 'utf8')

test('no way to cheat breaks a bound, and docs/credits.md is current', async () => {
  const reports = await runAll(crypto, TABLE_SEED, TABLE_SIZE)
  assert.equal(reports.length, 9)
  for (const { name, problems } of reports) assert.deepEqual(problems, [], name)
  assert.ok(withTable(page, creditTable(reports)) === page, 'run: npm run credits -- --write-docs')
})
