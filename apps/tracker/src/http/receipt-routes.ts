/** Routes of mirrored receipts and of proofs of fraud. */

import { z } from '@hono/zod-openapi'
import { bytesToBase64 } from '@hamlet/core'
import { FRAUD_PROOF_BYTES_MAX, RECEIPT_BYTES_MAX } from '@hamlet/files/credits'

import type { ReceiptStore } from '../data/receipt-store.ts'
import { BULK_ITEMS_MAX, PAGE_ROWS_MAX, PROOFS_MAX } from '../limits.ts'
import type { ReceiptDesk } from '../receipt-desk.ts'
import { anyPeerId, base64, count, timeMs } from './fields.ts'
import type { ItemLimit } from './item-limit.ts'
import { callerOf, defineRoute } from './route.ts'
import type { TrackerApp } from './route.ts'

export interface ReceiptRouteParts {
  readonly receiptDesk: ReceiptDesk
  readonly receipts: ReceiptStore
  readonly items: ItemLimit
}

/** In a query everything is text. */
const after = z.coerce.number().pipe(z.int().min(0)).optional()
const limit = z.coerce.number().pipe(z.int().min(1).max(PAGE_ROWS_MAX)).optional()

export function addReceiptRoutes(app: TrackerApp, parts: ReceiptRouteParts): void {
  addMirroring(app, parts)
  addFrauds(app, parts)
}

function addMirroring(app: TrackerApp, parts: ReceiptRouteParts): void {
  const { receiptDesk, receipts, items } = parts
  defineRoute(app, {
    method: 'post',
    path: '/api/v2/receipts',
    summary: 'Hand in receipts that both sides have signed, of this peer with others',
    access: 'peer',
    body: z
      .strictObject({ receipts: z.array(base64(RECEIPT_BYTES_MAX)).min(1).max(BULK_ITEMS_MAX) })
      .openapi('Receipts'),
    reply: z
      .object({
        accepted: count,
        known: count,
        refused: z.array(z.object({ index: count, reason: z.string() })),
      })
      .openapi('Mirrored'),
    handle({ body, caller }) {
      const { id } = callerOf({ caller })
      items.take(id, body.receipts.length)
      return receiptDesk.mirror(id, body.receipts)
    },
  })
  defineRoute(app, {
    method: 'get',
    path: '/api/v2/receipts',
    summary: 'Receipts of a group in the order they came here; knowing its id is what allows it',
    access: 'any',
    query: z.object({ group: z.string().regex(/^(?:[0-9a-f]{64}|public)$/), after, limit }),
    reply: z.object({
      receipts: z.array(z.object({ number: count, receipt: z.string() })),
      /** Where the next page begins; it is empty when there is no more. */
      after: count,
    }),
    async handle({ query }) {
      const from = query.after ?? 0
      const rows = await receipts.page(query.group, from, query.limit ?? PAGE_ROWS_MAX)
      return {
        receipts: rows.map(({ number, bytes }) => ({ number, receipt: bytesToBase64(bytes) })),
        after: rows.at(-1)?.number ?? from,
      }
    },
  })
}

function addFrauds(app: TrackerApp, { items, receiptDesk, receipts }: ReceiptRouteParts): void {
  defineRoute(app, {
    method: 'post',
    path: '/api/v2/frauds',
    summary: 'Hand in proofs of fraud, which are checked in full',
    access: 'peer',
    body: z
      .strictObject({ proofs: z.array(base64(FRAUD_PROOF_BYTES_MAX)).min(1).max(PROOFS_MAX) })
      .openapi('Proofs'),
    reply: z
      .object({
        accepted: count,
        known: count,
        refused: z.array(z.object({ index: count, code: z.string() })),
      })
      .openapi('Proven'),
    handle({ body, caller }) {
      const { id } = callerOf({ caller })
      items.take(id, body.proofs.length * PROOFS_MAX)
      return receiptDesk.addFrauds(id, body.proofs)
    },
  })
  defineRoute(app, {
    method: 'get',
    path: '/api/v2/frauds',
    summary: 'Proofs of fraud in the order they came here; anybody can verify them',
    access: 'any',
    query: z.object({ after, limit }),
    reply: z.object({
      frauds: z.array(
        z.object({
          number: count,
          kind: z.string(),
          accused: anyPeerId,
          proof: z.string(),
          foundAtMs: timeMs,
        }),
      ),
      after: count,
    }),
    async handle({ query }) {
      const from = query.after ?? 0
      const rows = await receipts.frauds(from, query.limit ?? PAGE_ROWS_MAX)
      return {
        frauds: rows.map(({ number, kind, accused, proof, found_at_ms }) => {
          return { number, kind, accused, proof: bytesToBase64(proof), foundAtMs: found_at_ms }
        }),
        after: rows.at(-1)?.number ?? from,
      }
    },
  })
}
