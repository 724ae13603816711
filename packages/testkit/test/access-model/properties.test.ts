/** A smoke set of the access model; `npm run model` checks as many graphs as there is time for. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNodeCrypto } from '@hamlet/identity/node'
import { Cast } from '../../src/access-model/cast.ts'
import { checkGraph } from '../../src/access-model/properties.ts'

const GRAPHS = 1200
/** What a smoke set must have seen, or it checks nothing. */
const STATES = [
  'admit fell',
  'backdating tried',
  'demote',
  'device-add',
  'device-revoke',
  'leave',
  'owner replaced by admins',
  'owner-transfer',
  're-admission',
  'remove',
  'remove fell',
  'two devices',
] as const

test('random graphs of operations mean the same in any order, and what is cut has no effect', () => {
  const cast = new Cast(createNodeCrypto())
  const reached = new Set<string>()
  for (let seed = 1; seed <= GRAPHS; seed++) {
    const report = checkGraph(cast, seed)
    assert.equal(report.problem, undefined, `seed ${seed}`)
    for (const state of report.reached) reached.add(state)
  }
  for (const state of STATES) assert.ok(reached.has(state), `${state} never happens`)
})
