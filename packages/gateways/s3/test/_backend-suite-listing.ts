/** Part of the suite of backends: listings, held against a model over keys that are alike. */

import assert from 'node:assert/strict'
import type { ListQuery, S3Backend } from '../src/s3-backend.ts'
import { BUCKET, put } from './_bodies.ts'
import type { BackendTest } from './_bodies.ts'
import { listModel } from './_list-model.ts'

const PIECES = ['a', 'b', '/', '-', 'é', '\u{1f600}', '\uffee', 'x'.repeat(80)] as const
const KEYS = 60
const QUERIES = 150

/** A small generator: the same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function textOf(next: (below: number) => number, piecesMax: number): string {
  return Array.from({ length: next(piecesMax + 1) }, () => PIECES[next(PIECES.length)]!).join('')
}

export function listingTests(test: BackendTest): void {
  test('a page of a listing is what the model says, for any prefix, delimiter, start and limit', async (backend) => {
    await backend.createBucket(BUCKET)
    const next = numbers(7)
    const keys = new Set(Array.from({ length: KEYS }, () => textOf(next, 5)).filter(Boolean))
    for (const key of keys) await put(backend, key, key)
    for (let i = 0; i < QUERIES; i++) {
      const query: ListQuery = {
        prefix: next(2) === 0 ? '' : textOf(next, 2),
        delimiter: ['', '/', 'b', 'a/'][next(4)]!,
        after: next(2) === 0 ? '' : textOf(next, 4),
        limit: 1 + next(8),
      }
      await comparePage(backend, keys, query)
    }
  })

  test('pages one after the other give everything once', async (backend) => {
    await backend.createBucket(BUCKET)
    const next = numbers(11)
    const keys = new Set(Array.from({ length: KEYS }, () => textOf(next, 6)).filter(Boolean))
    for (const key of keys) await put(backend, key, key)
    for (const delimiter of ['', '/']) {
      const whole = listModel(keys, { prefix: '', delimiter, after: '', limit: 1000 })
      const found: { keys: string[]; prefixes: string[] } = { keys: [], prefixes: [] }
      let after: string | undefined = ''
      while (after !== undefined) {
        const page = await backend.list(BUCKET, { prefix: '', delimiter, after, limit: 3 })
        found.keys.push(...page.objects.map(({ key }) => key))
        found.prefixes.push(...page.prefixes)
        after = page.next
      }
      assert.deepEqual(found, { keys: whole.keys, prefixes: whole.prefixes })
    }
  })
}

async function comparePage(
  backend: S3Backend,
  keys: ReadonlySet<string>,
  query: ListQuery,
): Promise<void> {
  const { objects, prefixes, next } = await backend.list(BUCKET, query)
  const found = { keys: objects.map(({ key }) => key), prefixes, next }
  assert.deepEqual(found, listModel(keys, query), JSON.stringify(query))
}
