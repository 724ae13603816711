/**
 * A file of a message or a bill, as what a reply is made of.
 *
 * The idea: its id says what carries it, and what carries it says its name, type and size; the bytes behind an id never
 * change, so the id is their version too.
 */

import type { MessageFile } from './attached-file.ts'
import type { AttachmentsApi } from './attachments-api.ts'
import { ApiError } from './errors.ts'
import type { ReadableFile } from './file-reply.ts'
import type { HamletApi } from './hamlet-api.ts'

export type CarryingApi = HamletApi & AttachmentsApi

/** Ids of messages are longer than those of bills. */
const MESSAGE_ID_LENGTH = 64

/** A peer that keeps no such files has no routes about them. */
export function hasAttachments(api: HamletApi): api is CarryingApi {
  return 'prepareFile' in api
}

/** @throws ApiError `FILE_NOT_FOUND`, and what the api says of the message or the bill */
export async function fileOfCarrier(
  api: CarryingApi,
  space: string,
  id: string,
): Promise<ReadableFile> {
  const files = await filesOf(api, space, id.split('.')[0]!)
  const found = files.find((file) => file.id === id)
  if (found === undefined) throw new ApiError('FILE_NOT_FOUND', 'there is no such file on it', 404)
  const { name, mediaType, sizeBytes } = found
  return {
    ...{ name, mediaType, sizeBytes, version: id },
    read: (span) => api.readAttachment(space, id, span),
  }
}

async function filesOf(
  api: CarryingApi,
  space: string,
  carrier: string,
): Promise<readonly MessageFile[]> {
  if (carrier.length < MESSAGE_ID_LENGTH) return (await api.expense(space, carrier)).attached
  return (await api.message(space, carrier)).files ?? []
}
