/** As much of JSON Schema (2020-12) as the schema of snapshots uses; a keyword it does not know is an error. */

import assert from 'node:assert/strict'

export type Schema = Readonly<Record<string, unknown>>

const ANNOTATIONS = new Set(['$schema', '$defs', 'title', 'description'])

type Check = (value: unknown, argument: never, schema: Schema, root: Schema) => string | undefined

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: (value, path: string, _, root) => {
    const name = path.replace('#/$defs/', '')
    return findProblem(value, (root['$defs'] as Record<string, Schema>)[name]!, root)
  },
  type: (value, type: string) => (typeOf(value).includes(type) ? undefined : `is no ${type}`),
  const: (value, wanted: unknown) => (value === wanted ? undefined : `is not ${String(wanted)}`),
  enum: (value, list: readonly unknown[]) =>
    list.includes(value) ? undefined : 'is none of those',
  pattern: (value, pattern: string) =>
    typeof value !== 'string' || new RegExp(pattern, 'u').test(value) ? undefined : 'looks wrong',
  minLength: (value, least: number) =>
    typeof value !== 'string' || value.length >= least ? undefined : 'is too short',
  minimum: (value, least: number) =>
    typeof value !== 'number' || value >= least ? undefined : 'is too small',
  maximum: (value, most: number) =>
    typeof value !== 'number' || value <= most ? undefined : 'is too large',
  minItems: (value, least: number) =>
    !Array.isArray(value) || value.length >= least ? undefined : 'has too few',
  maxItems: (value, most: number) =>
    !Array.isArray(value) || value.length <= most ? undefined : 'has too many',
  anyOf: (value, schemas: readonly Schema[], _, root) =>
    schemas.some((each) => findProblem(value, each, root) === undefined) ? undefined : 'fits none',
  items: (value, items: Schema, _, root) =>
    Array.isArray(value) ? firstOf(value, (each) => findProblem(each, items, root)) : undefined,
  required: (value, names: readonly string[]) =>
    isObject(value)
      ? firstOf(names, (name) => (name in value ? undefined : `lacks ${name}`))
      : undefined,
  properties: (value, properties: Readonly<Record<string, Schema>>, _, root) => {
    if (!isObject(value)) return undefined
    return firstOf(Object.entries(properties), ([name, schema]) => {
      const problem = name in value ? findProblem(value[name], schema, root) : undefined
      return problem === undefined ? undefined : `${name}: ${problem}`
    })
  },
  additionalProperties: (value, allowed: boolean, { properties }) => {
    assert.equal(allowed, false)
    if (!isObject(value)) return undefined
    return firstOf(Object.keys(value), (name) =>
      name in (properties as object) ? undefined : `has ${name}`,
    )
  },
}

/** What is wrong with a value, or `undefined`. */
export function findProblem(value: unknown, schema: Schema, root = schema): string | undefined {
  return firstOf(Object.entries(schema), ([keyword, argument]) => {
    if (ANNOTATIONS.has(keyword)) return undefined
    const check = CHECKS[keyword]
    assert.ok(check !== undefined, `the keyword ${keyword} is not known here`)
    return check(value, argument as never, schema, root)
  })
}

function firstOf<T>(list: Iterable<T>, find: (each: T) => string | undefined): string | undefined {
  for (const each of list) {
    const found = find(each)
    if (found !== undefined) return found
  }
  return undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function typeOf(value: unknown): readonly string[] {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['array']
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value]
}
