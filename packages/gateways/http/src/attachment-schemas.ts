/** The schemas of `AttachmentsApi`, as those in `schemas.ts`; `AttachmentSchemasMatch` holds them to the interfaces. */

import { z } from '@hono/zod-openapi'
import type * as api from './attached-file.ts'
import { count, text } from './schemas.ts'
import type { AllTrue, Same } from './schemas.ts'

/** Characters of a name; the peer has the exact rules, in bytes. */
const NAME_LENGTH_MAX = 255
const PREPARED_LENGTH_MAX = 200

/** What carries it, and which of its files. */
export const attachmentId = z
  .string()
  .regex(
    /^[0-9a-f]{32,64}\.[0-9a-f]{1,64}$/,
    'expected the id of a message or an expense, and of its file',
  )

export const fileNameQuery = z.strictObject({ name: text(NAME_LENGTH_MAX) })

export const attachInput = z.strictObject({ prepared: text(PREPARED_LENGTH_MAX) })

/** Nothing but the path says what is asked for. */
export const carriedTicketInput = z.strictObject({})

export const preparedFile = z
  .object({ id: z.string(), name: z.string(), mediaType: z.string(), sizeBytes: count })
  .openapi('PreparedFile')

export type AttachmentSchemasMatch = AllTrue<[Same<typeof preparedFile, api.PreparedFile>]>
