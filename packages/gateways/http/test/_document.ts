/** The OpenAPI document as tests read it: its operations, and whether a reply is one that it allows. */

import assert from 'node:assert/strict'
import { z } from 'zod'

import { openApiDocument } from '../src/app.ts'
import { createTestApp } from './_app.ts'

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}

export interface Operation {
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly schema: Schema
  }[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

export interface DocumentedCall {
  readonly method: string
  readonly target: string
  readonly operation: Operation
}

const document = openApiDocument(createTestApp().app) as Document
export const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)
/** Demands that the reply is one the document allows for this call. */
export function requireDocumented(call: DocumentedCall, response: Response, reply: unknown): void {
  const { responses } = call.operation
  const documented = responses[String(response.status)] ?? responses['default']!
  const schema = documented.content?.['application/json']?.schema
  if (schema === undefined) return
  const judged = validator(schema).safeParse(reply)
  const where = `${call.method} ${call.target} ${response.status} ${JSON.stringify(reply)}`
  assert.ok(judged.success, `${where}: ${judged.error?.message}`)
}

const validators = new Map<Schema, z.ZodType>()

/** A second reading of the document: JSON Schema back into a validator. */
function validator(schema: Schema): z.ZodType {
  const known = validators.get(schema)
  if (known !== undefined) return known
  const made = z.fromJSONSchema(inlined(schema) as Parameters<typeof z.fromJSONSchema>[0])
  validators.set(schema, made)
  return made
}

function inlined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inlined)
  if (typeof value !== 'object' || value === null) return value
  if ('$ref' in value && typeof value.$ref === 'string') return inlined(resolve(value.$ref))
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inlined(item)]))
}

export function resolve(reference: string): Schema {
  return document.components.schemas[reference.replace('#/components/schemas/', '')]!
}
