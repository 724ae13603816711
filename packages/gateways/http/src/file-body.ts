/** Files on their way through a route: the body of a request that brings one, a ticket, a reply that breaks off. */

import { errorCode } from '@hamlet/core'

import type { ApiAppOptions } from './app-options.ts'
import type { FileTicket } from './client.ts'
import { ApiError } from './errors.ts'
import type { TicketedFile } from './file-tickets.ts'
import type { ApiContext } from './route.ts'

/** A body that breaks off is the client's affair and no defect. */
export async function* bodyOf(context: ApiContext): AsyncGenerator<Uint8Array> {
  const body = context.env.body ?? context.req.raw.body
  if (body === null) return
  try {
    yield* body
  } catch (cause) {
    throw new ApiError('BAD_REQUEST', 'the file broke off; nothing of it was kept', 400, { cause })
  }
}

/** Only for a file that is there. */
export function giveTicket(
  { tickets }: ApiAppOptions,
  { env }: ApiContext,
  file: TicketedFile,
): FileTicket {
  const { secret, expiresAtMs } = tickets.create(file, env.caller!)
  return { path: `/api/v1/tickets/${secret}`, expiresAtMs }
}

/** Where the connection can be cut, the log is told why; else the error of the stream tells the server. */
export function breakerOf(
  { env: { breakOff } }: ApiContext,
  { logger, metrics }: ApiAppOptions,
): ((error: unknown) => void) | undefined {
  if (breakOff === undefined) return undefined
  return (error) => {
    metrics.count('http_files_broken_off')
    logger.warn('a file broke off', { code: errorCode(error) })
    breakOff()
  }
}
