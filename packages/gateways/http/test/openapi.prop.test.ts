/**
 * Every operation of the OpenAPI document is called with inputs made from its own schemas and with garbage, in random
 * order over one living backend. Whatever comes: never a 5xx, and a reply that the document allows.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { utf8 } from '@hamlet/core'

import { createTestApp } from './_app.ts'
import type { TestApp } from './_app.ts'
import { operations, requireDocumented, resolve } from './_document.ts'
import type { Operation, Schema } from './_document.ts'

interface Call {
  readonly path: string
  readonly method: string
  readonly operation: Operation
  readonly target: string
  readonly body: string | undefined
}

/** Replaced by an id the backend has given out, so that calls reach more than 404. */
const KNOWN = /^<(?:known|record) (\d+)>$/

const DAYS = ['1900-01-01', '2026-03-01', '2199-12-31']
const CODES = ['EUR', 'JPY', 'XYZ']

test('no input makes any operation fail, and every reply is as documented', async () => {
  let succeeded = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(fc.array(callArbitrary(), { minLength: 30, maxLength: 60 }), async (calls) => {
      const setup = createTestApp()
      const ids = await prepare(setup)
      for (const call of calls) {
        const method = call.method.toUpperCase()
        const response = await setup.request(method, fill(call.target, ids), fillBody(call, ids))
        assert.ok(response.status < 500, `${method} ${call.path}: ${response.status}`)
        const reply = await readReply(response, ids)
        if (response.ok) succeeded++
        else refused++
        requireDocumented(call, response, reply)
      }
    }),
    { numRuns: 25 },
  )
  assert.ok(succeeded > 100 && refused > 100, `${succeeded} succeeded, ${refused} were refused`)
})

function callArbitrary(): fc.Arbitrary<Call> {
  return fc
    .constantFrom(...operations)
    .chain(({ path, method, operation }) =>
      fc
        .record({ target: targetArbitrary(path, operation), body: bodyArbitrary(operation) })
        .map(({ target, body }) => ({ path, method, operation, target, body })),
    )
}

/** What an address has no segment for: nothing, and the steps that lead to another operation. */
function isStep(text: string): boolean {
  return text === '' || text === '.' || text === '..'
}

function targetArbitrary(path: string, operation: Operation): fc.Arbitrary<string> {
  const parameters = operation.parameters ?? []
  const values = fc.tuple(
    ...parameters.map(({ schema }) => mostly(valueArbitrary(schema), anyText())),
  )
  const given = fc.array(fc.boolean(), {
    minLength: parameters.length,
    maxLength: parameters.length,
  })
  return fc.tuple(values, given).map(([texts, isGiven]) => {
    let target = path
    const query: string[] = []
    parameters.forEach(({ name, in: place }, i) => {
      const text = KNOWN.test(String(texts[i])) ? String(texts[i]) : encode(String(texts[i]))
      if (place === 'path') target = target.replace(`{${name}}`, isStep(text) ? '%20' : text)
      else if (isGiven[i] === true) query.push(`${name}=${text}`)
    })
    return query.length === 0 ? target : `${target}?${query.join('&')}`
  })
}

function bodyArbitrary(operation: Operation): fc.Arbitrary<string | undefined> {
  const schema = operation.requestBody?.content?.['application/json']?.schema
  const garbage = fc.oneof(
    fc.constant(undefined),
    fc.string(),
    fc.json(),
    fc.constant('{"__proto__":1}'),
  )
  if (schema === undefined) return garbage
  return mostly(
    valueArbitrary(schema).map((value) => JSON.stringify(value)),
    garbage,
  )
}

function valueArbitrary(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valueArbitrary(resolve(schema.$ref))
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valueArbitrary))
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.pattern?.includes('a-f]{') === true) return idArbitrary(schema.pattern)
  if (schema.format === 'date') return mostly(fc.constantFrom(...DAYS), anyText())
  if (schema.pattern?.includes('A-Z') === true) return mostly(fc.constantFrom(...CODES), anyText())
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'array') return fc.array(valueArbitrary(schema.items!), { maxLength: 3 })
  if (schema.type === 'integer') return fc.integer({ min: schema.minimum!, max: schema.maximum! })
  if (schema.type === 'object') return objectArbitrary(schema)
  const { minLength = 0, maxLength = 100 } = schema
  return fc.string({ minLength, maxLength: Math.min(maxLength, 300), unit: 'binary' })
}

function objectArbitrary(schema: Schema): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {})
  const model = fields.map(([name, field]) => [name, mostly(valueArbitrary(field), fc.anything())])
  return fc.record(Object.fromEntries(model) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: [...(schema.required ?? [])],
  })
}

/** Records of a ledger have ids of half the length; keys of programs are as long as they say. */
function idArbitrary(pattern: string): fc.Arbitrary<string> {
  const lengths = [...pattern.matchAll(/\{(?<length>\d+)/g)].map(({ groups }) => {
    return Number(groups!['length'])
  })
  const unit = fc.constantFrom(...'0123456789abcdef'.split(''))
  return fc.constantFrom(...lengths).chain((length) => {
    const any = fc.string({ unit, minLength: length, maxLength: length })
    const kind = length === 64 ? 'known' : length === 32 ? 'record' : undefined
    if (kind === undefined) return any
    return mostly(
      fc.nat(50).map((index) => `<${kind} ${index}>`),
      any,
    )
  })
}

function mostly<T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: rare })
}

function anyText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('..', '%', '__proto__', '\u0000', '/'),
  )
}

/** A lone surrogate has no percent-encoding; a client would send a replacement character. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** A space with a room, an invitation, a request and messages; their ids, and those given out later, are known. */
async function prepare({ world }: TestApp): Promise<string[]> {
  const [ana] = world.people
  const { id } = await ana!.createSpace('Household')
  const invite = await ana!.createInvite(id, { maxUses: 5 })
  const join = await world.addPerson('Ben').join(invite.link!)
  const [request] = await ana!.requests(id)
  const message = await ana!.send(id, { text: 'hello' })
  const { id: cleo } = await ana!.addParty(id, 'Cleo')
  const shares = [ana!.id, cleo].map((party) => ({ party, weight: 1 }))
  const paid = [{ party: ana!.id, amountMinor: 1001 }]
  const currency = { code: 'EUR', exponent: 2 }
  const input = { title: 'Dinner', currency, paid, split: { shares } }
  const expense = await ana!.addExpense(id, input)
  const rule = { unit: 'month', every: 1, start: '2026-01-31' } as const
  const series = await ana!.addSeries(id, { expense: input, rule })
  const ids = [
    id,
    id,
    id,
    id,
    id,
    id,
    invite.id,
    join.space,
    request!.id,
    message.id,
    message.room,
    ana!.id,
  ]
  const upload = await ana!.startUpload({ space: id, name: 'Photos', isFolder: true })
  await ana!.putFile(upload.id, 'a.txt', Readable.from([utf8('hello')]))
  const share = await ana!.finishUpload(upload.id)
  const open = await ana!.startUpload({ name: 'More', isFolder: true })
  return [...ids, cleo, expense.id, series.id, share.id, share.id, share.id, open.id]
}

function fill(text: string, ids: readonly string[]): string {
  return text.replaceAll(
    /(?:<|%3C)(known|record)(?: |%20)(\d+)(?:>|%3E)/g,
    (_, kind: string, index: string) => {
      const length = kind === 'known' ? 64 : 32
      const fitting = ids.filter((id) => id.length === length)
      return fitting[Number(index) % fitting.length]!
    },
  )
}

function fillBody({ body }: Call, ids: readonly string[]): string | undefined {
  return body === undefined ? undefined : fill(body, ids)
}

async function readReply(response: Response, ids: string[]): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return undefined
  }
  const text = await response.text()
  if (!/^application\/json(;|$)/.test(type)) return text
  const reply: unknown = JSON.parse(text)
  const { id } = (reply ?? {}) as { id?: unknown }
  if (typeof id === 'string') ids.push(id)
  return reply
}
