/**
 * The list of proven frauds, newest first. A row says of which kind it is and what the proof shows; what somebody merely
 * says of another is kept elsewhere and not shown.
 */

import { z } from '@hono/zod-openapi'

import type { FraudTable } from '../data/schema.ts'
import type { Sql } from '../data/sql.ts'
import { BOARD_PAGE_ROWS_MAX } from './limits.ts'
import { PAGE_ROWS_DEFAULT, toPage } from './paging.ts'
import type { Page } from './paging.ts'
import { proofFacts } from './proof-facts.ts'
import type { ProofFacts } from './proof-facts.ts'

export const fraudsQuery = z.object({
  /** The number of the last one that was seen. */
  after: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
  limit: z.coerce.number().int().min(1).max(BOARD_PAGE_ROWS_MAX).default(PAGE_ROWS_DEFAULT),
  /** Only those against this device. */
  accused: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
})

const pairOfNumbers = z.tuple([z.number().nonnegative(), z.number().nonnegative()])
const facts = z.object({
  shows: z.enum(['number', 'less', 'past', 'self-dealing', 'over-rate']),
  payer: z.string(),
  payee: z.string(),
  seqs: pairOfNumbers,
  totals: pairOfNumbers,
  windowMs: z.number(),
})

export const fraudsReply = z
  .object({
    rows: z.array(
      z.object({
        id: z.string(),
        kind: z.string(),
        accused: z.string(),
        person: z.string().nullable(),
        reporter: z.string().nullable(),
        foundAtMs: z.int(),
        /** Null for a proof that this version cannot read. */
        facts: facts.nullable(),
      }),
    ),
    next: z.string().nullable(),
  })
  .openapi('BoardFrauds')

export interface FraudRow {
  readonly id: string
  readonly kind: string
  readonly accused: string
  readonly person: string | null
  readonly reporter: string | null
  readonly foundAtMs: number
  readonly facts: ProofFacts | null
}

export interface FraudsRequest {
  readonly after?: number | undefined
  readonly limit: number
  readonly accused?: string | undefined
}

export async function findFrauds(data: Sql, request: FraudsRequest): Promise<Page<FraudRow>> {
  return data.read(async (db) => {
    let query = db.selectFrom('frauds').selectAll()
    if (request.after !== undefined) query = query.where('number', '<', request.after)
    if (request.accused !== undefined) query = query.where('accused', '=', request.accused)
    const found = await query
      .orderBy('number', 'desc')
      .limit(request.limit + 1)
      .execute()
    return toPage(found, request.limit, toRow, ({ number }) => String(number))
  })
}

function toRow(fraud: FraudTable): FraudRow {
  return {
    id: fraud.id,
    kind: fraud.kind,
    accused: fraud.accused,
    person: fraud.accused_person,
    reporter: fraud.reporter,
    foundAtMs: fraud.found_at_ms,
    facts: proofFacts(fraud.proof) ?? null,
  }
}
