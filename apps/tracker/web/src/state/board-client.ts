/**
 * The tracker, asked by the page: who it is logged in as, its replies, and its live figures.
 *
 * A token lives for fifteen minutes and is kept in this tab's `sessionStorage`; it is renewed while the page is open. There
 * are no cookies. A reply without a token that counts ends the session: the page asks for the password again.
 */

import type { z } from 'zod'
import type * as schemas from '../../../src/dashboard/board-schemas.ts'
import type { fraudsReply } from '../../../src/dashboard/fraud-queries.ts'

export type Overview = z.output<typeof schemas.overviewReply>
export type Swarms = z.output<typeof schemas.swarmsReply>
export type SwarmRow = Swarms['rows'][number]
export type SwarmDetail = z.output<typeof schemas.swarmReply>
export type HolderRow = z.output<typeof schemas.holdersReply>['rows'][number]
export type PeerRow = z.output<typeof schemas.peerReply>
export type HeldRow = z.output<typeof schemas.heldReply>['rows'][number]
export type Throughput = z.output<typeof schemas.throughputReply>
export type Span = z.output<typeof schemas.spanQuery>['span']
export type PersonRow = z.output<typeof schemas.peopleReply>['rows'][number]
export type FlowPicture = z.output<typeof schemas.pictureReply>
export type PersonFlows = z.output<typeof schemas.personFlowsReply>
export type FraudRow = z.output<typeof fraudsReply>['rows'][number]

export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next: string | null
}

/** `status` 0: no answer at all. */
export class BoardError extends Error {
  override readonly name = 'BoardError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string) {
    super(`${status} ${code}`)
    this.status = status
    this.code = code
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>

const TOKEN_KEY = 'hamlet.tracker'
/** Renewed when less than this is left. */
const RENEW_MS = 5 * 60_000
const RETRY_MS = 3000

interface Session {
  readonly token: string
  readonly expiresAtMs: number
}

export class BoardClient {
  readonly #storage: Storage
  readonly #onEnded: () => void
  #session: Session | undefined
  #renewing: Promise<void> | undefined

  constructor(storage: Storage, onEnded: () => void) {
    this.#storage = storage
    this.#onEnded = onEnded
    this.#session = sessionIn(storage.getItem(TOKEN_KEY))
  }

  get isLoggedIn(): boolean {
    return this.#session !== undefined
  }

  /** @throws BoardError 401 when name and password do not belong together */
  async logIn(name: string, password: string): Promise<void> {
    this.#keep((await send('/api/v2/accounts/login', { name, password })) as Session)
  }

  async logOut(): Promise<void> {
    const token = this.#session?.token
    this.#end()
    // What the tracker says to it changes nothing here.
    await send('/api/v2/logout', {}, token).catch(() => undefined)
  }

  /** A reply of `/api/v2/board/PATH`. @throws BoardError */
  async get<Reply>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Reply> {
    const address = new URL(`/api/v2/board/${path}`, location.origin)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== '') address.searchParams.set(name, String(value))
    }
    const response = await this.#fetch(address, signal)
    return (await response.json()) as Reply
  }

  /** Calls `onOverview` with each new figures, and `onLost` while they do not come, until aborted. */
  async follow(
    onOverview: (overview: Overview) => void,
    onLost: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted && this.isLoggedIn) {
      try {
        const address = new URL('/api/v2/board/events', location.origin)
        const response = await this.#fetch(address, signal)
        await readEvents(response, onOverview)
      } catch (error) {
        if (signal.aborted) return
        // Other answers than silence come again: the database is away, or too many look.
        if (error instanceof BoardError && error.status === 401) return
      }
      if (signal.aborted) return
      onLost()
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }

  async #fetch(address: URL, signal: AbortSignal | undefined): Promise<Response> {
    await this.#renew()
    const token = this.#session?.token ?? ''
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetchOrFail(address, {
      headers,
      ...(signal === undefined ? {} : { signal }),
    })
    if (response.ok) return response
    if (response.status === 401 && token === this.#session?.token) this.#end()
    throw await errorOf(response)
  }

  /** One renewal for all that ask at once: a token can be renewed once. */
  async #renew(): Promise<void> {
    const session = this.#session
    if (session === undefined || session.expiresAtMs - Date.now() > RENEW_MS) return
    this.#renewing ??= send('/api/v2/login/renew', {}, session.token)
      .then((renewed) => this.#keep(renewed as Session))
      .catch((error: unknown) => {
        if (error instanceof BoardError && [401, 403].includes(error.status)) this.#end()
      })
      .finally(() => {
        this.#renewing = undefined
      })
    await this.#renewing
  }

  #keep(session: Session): void {
    this.#session = session
    this.#storage.setItem(TOKEN_KEY, JSON.stringify(session))
  }

  #end(): void {
    this.#session = undefined
    this.#storage.removeItem(TOKEN_KEY)
    this.#onEnded()
  }
}

function sessionIn(text: string | null): Session | undefined {
  try {
    const session = JSON.parse(text ?? 'null') as Session | null
    return session !== null && session.expiresAtMs > Date.now() ? session : undefined
  } catch {
    return undefined
  }
}

async function send(path: string, body: object, token?: string): Promise<unknown> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetchOrFail(new URL(path, location.origin), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw await errorOf(response)
  return response.status === 204 ? undefined : response.json()
}

async function fetchOrFail(address: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init)
  } catch (error) {
    if (init.signal?.aborted === true) throw error
    throw new BoardError(0, 'UNREACHABLE')
  }
}

async function errorOf(response: Response): Promise<BoardError> {
  const body = (await response.json().catch(() => undefined)) as
    | { readonly error?: { readonly code?: string } }
    | undefined
  return new BoardError(response.status, body?.error?.code ?? 'UNKNOWN')
}

async function readEvents(
  response: Response,
  onOverview: (overview: Overview) => void,
): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue
      const event = JSON.parse(line.slice('data: '.length)) as { readonly overview: Overview }
      onOverview(event.overview)
    }
  }
}
