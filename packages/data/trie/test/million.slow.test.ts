// Goal: a history of a million operations reads as a Map would, at its end and at any moment before; the same code runs over
// twenty thousand in `history.test.ts`.
import { test } from 'node:test'
import { checkHistory } from './_history.ts'

test('a history of a million operations is that of a map', async () => {
  await checkHistory({ operations: 1_000_000, keys: 200_000, checks: 5 })
})
