// Goal: a long history reads as a Map would, at its end and at any moment before. `million.slow.test.ts` does more of it.
import { test } from 'node:test'
import { checkHistory } from './_history.ts'

test('a history of twenty thousand operations is that of a map', async () => {
  await checkHistory({ operations: 20_000, keys: 3000, checks: 4 })
})
