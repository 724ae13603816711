/**
 * How the page gets to speak to the peer: a one-time code in the link that opened it is exchanged for a session, kept
 * in the tab's `sessionStorage`. There are no cookies, since cookies are sent to every port of the machine.
 */

import type { HttpClient } from '@hamlet/http/client'
import { codeOf, isUnreachable } from './error-words.ts'
import type { NoteStorage } from './local-notes.ts'

export type SessionResult =
  | { readonly kind: 'open'; readonly client: HttpClient }
  | { readonly kind: 'closed'; readonly reason: 'missing' | 'expired' | 'unreachable' }

export interface SessionParts {
  readonly createClient: (token: string | undefined) => HttpClient
  readonly storage: NoteStorage
  /** The one-time code of the link, when there was one. */
  readonly code: string | undefined
}

const TOKEN_KEY = 'hamlet.session'

export async function openSession(parts: SessionParts): Promise<SessionResult> {
  const refused = parts.code === undefined ? undefined : await exchange(parts, parts.code)
  const token = readToken(parts.storage)
  if (token === undefined) return { kind: 'closed', reason: refused ?? 'missing' }
  const client = parts.createClient(token)
  try {
    await client.status()
    return { kind: 'open', client }
  } catch (error) {
    if (isUnreachable(error)) return { kind: 'closed', reason: 'unreachable' }
    if (codeOf(error) === 'UNAUTHORIZED') parts.storage.removeItem(TOKEN_KEY)
    return { kind: 'closed', reason: 'expired' }
  }
}

/** Why the code did not lead to a session, or undefined when it did. */
async function exchange(
  parts: SessionParts,
  code: string,
): Promise<'expired' | 'unreachable' | undefined> {
  try {
    const session = await parts.createClient(undefined).login(code)
    parts.storage.setItem(TOKEN_KEY, session.token)
    return undefined
  } catch (error) {
    return isUnreachable(error) ? 'unreachable' : 'expired'
  }
}

function readToken(storage: NoteStorage): string | undefined {
  return storage.getItem(TOKEN_KEY) ?? undefined
}
