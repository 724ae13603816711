/** From what a person types to the share they mean: its name, the beginning of its id, a link, or a public blob. */

import type { HttpClient, Share } from '@hamlet/http'

import { findNamed, findSpace } from '../find.ts'

const BLOB_KEY = /^[0-9a-f]{64}-\d{1,16}$/

/** Shares of one space, or of all and those by link. */
export async function listShares(
  client: HttpClient,
  space: string | undefined,
  removed = false,
): Promise<readonly Share[]> {
  if (space !== undefined) {
    return await client.shares((await findSpace(client, space)).id, { removed })
  }
  const spaces = await client.spaces()
  const lists = [
    await client.shares(undefined, { removed }),
    ...(await Promise.all(spaces.map(({ id }) => client.shares(id, { removed })))),
  ]
  return lists.flat().toSorted((a, b) => b.createdAtMs - a.createdAtMs)
}

export interface ShareFlags {
  readonly space?: string
}

/** A share that is there. @throws CliError `NOTHING_MATCHES`, `AMBIGUOUS` */
export async function findShare(
  client: HttpClient,
  text: string,
  { space, removed = false }: ShareFlags & { readonly removed?: boolean } = {},
): Promise<Share> {
  return findNamed('share', text, await listShares(client, space, removed))
}

/** A share that is there, or one that is taken up by its link or as a public blob. */
export async function takeShare(
  client: HttpClient,
  text: string,
  flags: ShareFlags,
): Promise<Share> {
  if (isShareLink(text)) return await client.openShareLink(text)
  return await findShare(client, text, flags)
}

function isShareLink(text: string): boolean {
  return text.startsWith('hamlet:share') || text.includes('#share=') || BLOB_KEY.test(text)
}
