/** The schemas of `ListingApi`, as those in `schemas.ts`; `ListingSchemasMatch` holds them to the interfaces. */

import { z } from '@hono/zod-openapi'
import type * as api from './listing-api.ts'
import { id, text, timeMs } from './schemas.ts'
import type { AllTrue, Same } from './schemas.ts'

export const DESCRIPTION_LENGTH_MAX = 1_000

const topic = z.string().regex(/^[a-z0-9-]{1,64}$/, 'expected 1 to 64 of a-z, 0-9 and -')

export const topicQuery = z.strictObject({ topic: topic.optional() })

export const publishInput = z
  .strictObject({
    topic: topic.optional(),
    description: text(DESCRIPTION_LENGTH_MAX, 0).optional(),
  })
  .openapi('PublishInput')

export const publishedSpace = z
  .object({
    space: id,
    name: z.string(),
    description: z.string(),
    topic: z.string(),
    link: z.string(),
    createdAtMs: timeMs,
    expiresAtMs: timeMs,
  })
  .openapi('PublishedSpace')

export const discoveredSpace = publishedSpace
  .extend({ person: id, isMember: z.boolean() })
  .openapi('DiscoveredSpace')

export type ListingSchemasMatch = AllTrue<
  [
    Same<typeof publishInput, api.PublishOptions>,
    Same<typeof publishedSpace, api.PublishedSpace>,
    Same<typeof discoveredSpace, api.DiscoveredSpace>,
  ]
>
