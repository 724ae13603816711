/** The schemas of `ClientApi`, as those in `schemas.ts`; `ClientSchemasMatch` holds them to the interfaces. */

import { z } from '@hono/zod-openapi'
import type * as api from './hamlet-api.ts'
import * as ledger from './ledger-schemas.ts'
import {
  id,
  join,
  joinRequest,
  messageQuery,
  NAME_LENGTH_MAX,
  spaceDetail,
  spaceSummary,
  text,
  timeMs,
  WORDS_LENGTH_MAX,
} from './schemas.ts'
import type { AllTrue, Same } from './schemas.ts'

/** A certificate of 512 bytes, an operation of 32 KiB and a signature of 64 bytes, in base64. */
export const CERTIFICATE_LENGTH_MAX = 684
export const OPERATION_LENGTH_MAX = 43_692
export const SIGNATURE_LENGTH = 88
const PLACE_LENGTH_MAX = 128

const publicKey = z
  .string()
  .regex(/^([0-9a-f]{64}|04[0-9a-f]{128})$/, 'expected a public key in hex')
  .openapi({ description: 'Ed25519: 64 digits. P-256: an uncompressed point, 130 digits.' })

export const publicKeyParams = z.object({ publicKey })
export const operationQuery = z.strictObject({
  limit: messageQuery.shape.limit,
  before: z
    .string()
    .max(PLACE_LENGTH_MAX)
    .regex(/^[0-9a-f/]+$/)
    .optional(),
})

export const clientInput = z
  .strictObject({
    publicKey,
    label: text(NAME_LENGTH_MAX),
    expiresAtMs: z.int().min(0).optional(),
    words: text(WORDS_LENGTH_MAX).optional(),
  })
  .openapi('ClientInput')

export const signedOperation = z
  .strictObject({
    certificate: z.string().max(CERTIFICATE_LENGTH_MAX),
    operation: z.string().max(OPERATION_LENGTH_MAX),
    signature: z.string().max(SIGNATURE_LENGTH),
  })
  .openapi('SignedOperation')

export const apiClient = z
  .object({
    publicKey,
    algorithm: z.enum(['ed25519', 'p256']),
    label: z.string(),
    createdAtMs: timeMs,
    expiresAtMs: timeMs.optional(),
    state: z.enum(['valid', 'expired', 'revoked']),
    lastUsedMs: timeMs.optional(),
  })
  .openapi('ApiClient')

export const certifiedClient = z
  .object({
    publicKey,
    label: z.string(),
    person: id,
    device: id,
    certificate: z.string(),
    expiresAtMs: timeMs.optional(),
  })
  .openapi('CertifiedClient')

export const operationResult = z
  .object({
    space: spaceDetail.optional(),
    spaces: z.array(spaceSummary).optional(),
    join: join.optional(),
    request: joinRequest.optional(),
    requests: z.array(joinRequest).optional(),
    expense: ledger.expense.optional(),
    expenses: ledger.expensePage.optional(),
    balances: z.array(ledger.ledgerBalance).optional(),
    parties: z.array(ledger.ledgerParty).optional(),
  })
  .openapi('OperationResult')

export const operationReply = z
  .object({ id, recorded: z.boolean(), result: operationResult })
  .openapi('OperationReply')

export const recordedOperations = z
  .object({
    operations: z.array(
      z.object({
        id,
        operation: z.string(),
        person: id,
        publicKey,
        label: z.string(),
        atMs: timeMs,
        entries: z.array(id),
      }),
    ),
    before: z.string().optional(),
  })
  .openapi('RecordedOperations')

export type ClientSchemasMatch = AllTrue<
  [
    Same<typeof clientInput, api.ClientInput>,
    Same<typeof signedOperation, api.SignedOperationInput>,
    Same<typeof apiClient, api.ApiClient>,
    Same<typeof certifiedClient, api.CertifiedClient>,
    Same<typeof operationReply, api.OperationReply>,
    Same<typeof recordedOperations, api.RecordedOperationPage>,
  ]
>
