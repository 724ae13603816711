/**
 * `createHttpClient`: the `HamletApi` of a peer that answers over HTTP, for browsers and Node.
 *
 * The idea: one table from method to request, and `fetch`. It imports neither zod nor hono, so a page that talks to
 * its local node carries only this file. Replies are trusted to be what the OpenAPI document says, because the peer
 * is the user's own; they are never shown as HTML.
 *
 * Invariants:
 * 1. Every method rejects with an `ApiError`: the server's code, or `PEER_UNREACHABLE` or `BAD_REPLY`.
 * 2. A request is sent again only after a 429, which the server gives before it looks at the request.
 * 3. `events` reconnects until it is aborted or the token is refused. Each connection begins with `resync`, because
 *    what happened before it is unknown.
 */

import { ApiError } from './errors.ts'
import { AttachmentsClient } from './attachments-client.ts'
import type { ExchangeParts, FileContent } from './files-client.ts'
import type {
  AttachmentsApi,
  DeviceLink,
  DeviceReset,
  DeviceRevocation,
  FilesApi,
  ForgetPreview,
  FormerMember,
  HamletApi,
  HamletEvent,
  Invite,
  InviteOptions,
  InvitePreview,
  InviteRole,
  Join,
  JoinRequest,
  Member,
  MembershipEvent,
  Message,
  MessageDetail,
  MessagePage,
  MessageQuery,
  OwnDevice,
  OwnerVotes,
  PeerInfo,
  PeerStatus,
  Recovery,
  RefusedPeer,
  RemovalPreview,
  Room,
  SendMessage,
  SetAsideEntry,
  SpaceDetail,
  SpaceInspection,
  SpaceOptions,
  SpacePolicy,
  SpaceSummary,
  PreparedFile,
  Upload,
} from './hamlet-api.ts'
import { EVENT_BYTES_MAX } from './limits.ts'
import { readLines } from './line-reader.ts'
import { path, querySuffix } from './path.ts'

export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>

export interface HttpClientOptions {
  /** Where the peer answers, such as `http://127.0.0.1:7710`; in its own page `location.origin`. */
  readonly baseUrl: string
  /** A token or a session; without one, `login` first. */
  readonly token?: string
  /** @default globalThis.fetch */
  readonly fetch?: FetchFunction
  /** Time for one request, streams excepted. @default 30,000 */
  readonly timeoutMs?: number
}

export type TokenScope = 'read' | 'write' | 'admin'

export interface Session {
  readonly token: string
  readonly scope: TokenScope
}

/** A path that gives one file to whoever knows it: for elements of a page, which send no token. */
export interface FileTicket {
  /** `/api/v1/tickets/…`; with `?download=true` the file is to be saved. */
  readonly path: string
  /** Later when it is used. */
  readonly expiresAtMs: number
}

export interface HttpClient extends HamletApi, FilesApi, AttachmentsApi {
  prepareFile(
    space: string,
    name: string,
    content: FileContent,
    options?: { readonly signal?: AbortSignal },
  ): Promise<PreparedFile>
  createFileTicket(share: string, path: string): Promise<FileTicket>
  /** For a share, or for chosen paths and folders of it, as one ZIP file. */
  createArchiveTicket(share: string, select?: readonly string[]): Promise<FileTicket>
  /** For a file of a message or a bill. */
  createAttachmentTicket(space: string, id: string): Promise<FileTicket>
  /** Takes a file of a page too, which a browser sends from where it lies. */
  putFile(
    upload: string,
    path: string,
    content: FileContent,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Upload>
  /** Exchanges the one-time code of a login link for a session, which this client uses from then on. */
  login(code: string): Promise<Session>
  /** Ends the session at the server. */
  logout(): Promise<void>
  /** A new one-time code, for opening the web app; needs the scope `admin`. */
  createLoginCode(): Promise<{ readonly code: string; readonly expiresInSeconds: number }>
}

const TIMEOUT_MS = 30_000
const RETRIES_MAX = 20
const RETRY_MS_MAX = 5000
const RECONNECT_MS_MIN = 250
const RECONNECT_MS_MAX = 10_000
const LINE_LENGTH_MAX = 4 * 1024 * 1024
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/

export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new FetchClient(options)
}

class FetchClient extends AttachmentsClient implements HttpClient {
  readonly #root: string
  readonly #fetch: FetchFunction
  readonly #timeoutMs: number
  #token: string | undefined

  constructor(options: HttpClientOptions) {
    super()
    this.#root = `${options.baseUrl.replace(/\/+$/, '')}/api/v1`
    this.#fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init))
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS
    this.#token = options.token
  }

  async login(code: string): Promise<Session> {
    const session = await this.#json<Session>('POST', '/session', { code })
    this.#token = session.token
    return session
  }

  async logout(): Promise<void> {
    await this.#json('DELETE', '/session')
    this.#token = undefined
  }

  createLoginCode(): Promise<{ readonly code: string; readonly expiresInSeconds: number }> {
    return this.#json('POST', '/login-codes', {})
  }

  createFileTicket(share: string, filePath: string): Promise<FileTicket> {
    return this.#json('POST', path`/shares/${share}/tickets`, { path: filePath })
  }

  createArchiveTicket(share: string, select?: readonly string[]): Promise<FileTicket> {
    const body = select === undefined ? {} : { select }
    return this.#json('POST', path`/shares/${share}/archive-tickets`, body)
  }

  createAttachmentTicket(space: string, id: string): Promise<FileTicket> {
    return this.#json('POST', path`/spaces/${space}/attachments/${id}/tickets`, {})
  }

  status(): Promise<PeerStatus> {
    return this.#json('GET', '/status')
  }

  setName(name: string): Promise<PeerStatus> {
    return this.#json('PUT', '/name', { name })
  }

  recoveryWords(): Promise<{ readonly words: readonly string[] }> {
    return this.#json('GET', '/recovery-words')
  }

  setDeviceName(name: string): Promise<PeerStatus> {
    return this.#json('PUT', '/device-name', { name })
  }

  devices(): Promise<readonly OwnDevice[]> {
    return this.#json('GET', '/devices')
  }

  revokeDevice(device: string, words?: string): Promise<DeviceRevocation> {
    return this.#json('POST', path`/devices/${device}/revoke`, { words })
  }

  resetDevice(device: string, words?: string): Promise<DeviceReset> {
    return this.#json('POST', path`/devices/${device}/reset`, { words })
  }

  startLink(): Promise<DeviceLink> {
    return this.#json('POST', '/device-link', {})
  }

  useLinkCode(code: string): Promise<DeviceLink> {
    return this.#json('PUT', '/device-link', { code })
  }

  deviceLink(): Promise<DeviceLink> {
    return this.#json('GET', '/device-link')
  }

  confirmLink(words?: string): Promise<DeviceLink> {
    return this.#json('POST', '/device-link/confirm', { words })
  }

  cancelLink(): Promise<void> {
    return this.#json('DELETE', '/device-link')
  }

  recover(words: string, addresses: readonly string[] = []): Promise<Recovery> {
    return this.#json('POST', '/recovery', { words, addresses })
  }

  recovery(): Promise<Recovery> {
    return this.#json('GET', '/recovery')
  }

  endRecovery(): Promise<void> {
    return this.#json('DELETE', '/recovery')
  }

  peers(): Promise<readonly PeerInfo[]> {
    return this.#json('GET', '/peers')
  }

  refusedPeers(): Promise<readonly RefusedPeer[]> {
    return this.#json('GET', '/refused-peers')
  }

  forgivePeer(device: string): Promise<void> {
    return this.#json('DELETE', path`/refused-peers/${device}`)
  }

  spaces(): Promise<readonly SpaceSummary[]> {
    return this.#json('GET', '/spaces')
  }

  createSpace(name: string, options: SpaceOptions = {}): Promise<SpaceDetail> {
    return this.#json('POST', '/spaces', { ...options, name })
  }

  space(space: string): Promise<SpaceDetail> {
    return this.#json('GET', path`/spaces/${space}`)
  }

  members(space: string): Promise<readonly Member[]> {
    return this.#json('GET', path`/spaces/${space}/members`)
  }

  inspect(space: string): Promise<SpaceInspection> {
    return this.#json('GET', path`/spaces/${space}/inspection`)
  }

  formerMembers(space: string): Promise<readonly FormerMember[]> {
    return this.#json('GET', path`/spaces/${space}/former-members`)
  }

  membershipLog(space: string): Promise<readonly MembershipEvent[]> {
    return this.#json('GET', path`/spaces/${space}/membership-log`)
  }

  setRole(space: string, person: string, role: InviteRole): Promise<Member> {
    return this.#json('PUT', path`/spaces/${space}/members/${person}/role`, { role })
  }

  previewRemoval(space: string, person: string): Promise<RemovalPreview> {
    return this.#json('GET', path`/spaces/${space}/members/${person}/removal`)
  }

  removeMember(space: string, person: string): Promise<FormerMember> {
    return this.#json('DELETE', path`/spaces/${space}/members/${person}`)
  }

  writeAnyway(space: string): Promise<SpaceDetail> {
    return this.#json('POST', path`/spaces/${space}/write-anyway`, {})
  }

  leaveSpace(space: string): Promise<SpaceDetail> {
    return this.#json('POST', path`/spaces/${space}/leave`, {})
  }

  transferOwnership(space: string, person: string): Promise<Member> {
    return this.#json('PUT', path`/spaces/${space}/owner`, { person })
  }

  ownerVotes(space: string): Promise<OwnerVotes> {
    return this.#json('GET', path`/spaces/${space}/owner-votes`)
  }

  voteForOwner(space: string, person: string): Promise<OwnerVotes> {
    return this.#json('PUT', path`/spaces/${space}/owner-votes`, { person })
  }

  setAside(space: string): Promise<readonly SetAsideEntry[]> {
    return this.#json('GET', path`/spaces/${space}/set-aside`)
  }

  adopt(space: string, ids: readonly string[]): Promise<readonly SetAsideEntry[]> {
    return this.#json('POST', path`/spaces/${space}/set-aside/adopt`, { ids })
  }

  policies(space: string): Promise<readonly SpacePolicy[]> {
    return this.#json('GET', path`/spaces/${space}/policies`)
  }

  setPolicy(space: string, name: string, value: string): Promise<readonly SpacePolicy[]> {
    return this.#json('PUT', path`/spaces/${space}/policies/${name}`, { value })
  }

  previewForget(space: string): Promise<ForgetPreview> {
    return this.#json('GET', path`/spaces/${space}/forget`)
  }

  forgetSpace(space: string): Promise<void> {
    return this.#json('DELETE', path`/spaces/${space}`)
  }

  createInvite(space: string, invite: InviteOptions = {}): Promise<Invite> {
    return this.#json('POST', path`/spaces/${space}/invites`, invite)
  }

  invites(space: string): Promise<readonly Invite[]> {
    return this.#json('GET', path`/spaces/${space}/invites`)
  }

  revokeInvite(space: string, invite: string): Promise<Invite> {
    return this.#json('DELETE', path`/spaces/${space}/invites/${invite}`)
  }

  previewInvite(link: string): Promise<InvitePreview> {
    return this.#json('POST', '/invitations/preview', { link })
  }

  join(link: string, name?: string): Promise<Join> {
    return this.#json('POST', '/joins', name === undefined ? { link } : { link, name })
  }

  joins(): Promise<readonly Join[]> {
    return this.#json('GET', '/joins')
  }

  cancelJoin(space: string): Promise<void> {
    return this.#json('DELETE', path`/joins/${space}`)
  }

  requests(space: string): Promise<readonly JoinRequest[]> {
    return this.#json('GET', path`/spaces/${space}/requests`)
  }

  approve(space: string, request: string): Promise<JoinRequest> {
    return this.#json('POST', path`/spaces/${space}/requests/${request}/approve`, {})
  }

  decline(space: string, request: string): Promise<JoinRequest> {
    return this.#json('POST', path`/spaces/${space}/requests/${request}/decline`, {})
  }

  rooms(space: string): Promise<readonly Room[]> {
    return this.#json('GET', path`/spaces/${space}/rooms`)
  }

  createRoom(space: string, name: string): Promise<Room> {
    return this.#json('POST', path`/spaces/${space}/rooms`, { name })
  }

  messages(space: string, query: MessageQuery = {}): Promise<MessagePage> {
    return this.#json('GET', path`/spaces/${space}/messages` + querySuffix(query))
  }

  message(space: string, id: string): Promise<MessageDetail> {
    return this.#json('GET', path`/spaces/${space}/messages/${id}`)
  }

  send(space: string, message: SendMessage): Promise<Message> {
    return this.#json('POST', path`/spaces/${space}/messages`, message)
  }

  edit(space: string, id: string, text: string): Promise<Message> {
    return this.#json('PUT', path`/spaces/${space}/messages/${id}`, { text })
  }

  delete(space: string, id: string): Promise<Message> {
    return this.#json('DELETE', path`/spaces/${space}/messages/${id}`)
  }

  react(space: string, id: string, emoji: string, on: boolean): Promise<Message> {
    const target = path`/spaces/${space}/messages/${id}/reactions/${emoji}`
    return on ? this.#json('PUT', target, {}) : this.#json('DELETE', target)
  }

  markRead(space: string, room: string, message: string): Promise<void> {
    return this.#json('POST', path`/spaces/${space}/rooms/${room}/read`, { message })
  }

  async *exportMessages(
    space: string,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<string, void, undefined> {
    const response = await this.#stream(path`/spaces/${space}/export`, options.signal)
    try {
      for await (const line of readLines(response, LINE_LENGTH_MAX)) yield line
    } catch (error) {
      if (error instanceof ApiError) throw error
      throw new ApiError('BAD_REPLY', 'the export broke off', 0, { cause: error })
    }
  }

  async *events(
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<HamletEvent, void, undefined> {
    const { signal } = options
    let delayMs = RECONNECT_MS_MIN
    while (!isAborted(signal)) {
      try {
        for await (const event of this.#connection(signal)) {
          delayMs = RECONNECT_MS_MIN
          yield event
        }
      } catch (error) {
        if (isAborted(signal)) return
        if (!isPassing(error)) throw error
      }
      await sleep(delayMs, signal)
      delayMs = Math.min(delayMs * 2, RECONNECT_MS_MAX)
    }
  }

  /** One connection of the event stream, from its `resync` until it breaks off. */
  async *#connection(signal?: AbortSignal): AsyncGenerator<HamletEvent, void, undefined> {
    let data = ''
    for await (const line of readLines(await this.#stream('/events', signal), EVENT_BYTES_MAX)) {
      if (line.startsWith('data:')) {
        data += line.slice(line.startsWith('data: ') ? 6 : 5)
        if (data.length > EVENT_BYTES_MAX) throw new ApiError('BAD_REPLY', 'event too large', 0)
      } else if (line === '' && data !== '') {
        const event = parseJson(data) as HamletEvent
        data = ''
        yield event
      }
    }
  }

  async #stream(target: string, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#request('GET', target, undefined, signal)
    if (response.body === null) throw new ApiError('BAD_REPLY', 'expected a stream', 0)
    return response.body
  }

  protected json<T>(method: string, target: string, body?: object, timeoutMs?: number): Promise<T> {
    return this.#json(method, target, body, timeoutMs)
  }

  protected stream(target: string, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return this.#stream(target, signal)
  }

  async #json<T>(
    method: string,
    target: string,
    body?: object,
    timeoutMs = this.#timeoutMs,
  ): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await this.#request(method, target, body, signal)
    if (response.status === 204) return undefined as T
    return parseJson(await readText(response)) as T
  }

  protected async exchange(
    method: string,
    target: string,
    parts: ExchangeParts,
  ): Promise<Response> {
    const response = await this.#send(method, target, parts)
    if (response.ok) return response
    throw await responseToError(response)
  }

  async #request(
    method: string,
    target: string,
    body: object | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const parts = {
      ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' } }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    }
    for (let attempt = 0; ; attempt++) {
      const response = await this.#send(method, target, parts)
      if (response.ok) return response
      const error = await responseToError(response)
      if (error.status !== 429 || attempt === RETRIES_MAX) throw error
      const waitMs = Number(error.fields['retryAfterMs'] ?? 1000)
      await sleep(Math.min(waitMs, RETRY_MS_MAX), signal)
    }
  }

  async #send(
    method: string,
    target: string,
    { headers, body, signal }: Omit<ExchangeParts, 'body'> & { readonly body?: BodyInit },
  ): Promise<Response> {
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: {
        ...headers,
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
      },
      redirect: 'error',
      cache: 'no-store',
      ...(body === undefined ? {} : { body }),
      // What the standard asks for with a stream.
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
      ...(signal === undefined ? {} : { signal }),
    }
    try {
      return await this.#fetch(this.#root + target, init)
    } catch (error) {
      throw new ApiError('PEER_UNREACHABLE', `nothing answers at ${this.#root}`, 0, {
        cause: error,
      })
    }
  }
}

async function responseToError(response: Response): Promise<ApiError> {
  const { status } = response
  const reply = parseErrorReply(await readText(response))
  if (reply === undefined) return new ApiError('BAD_REPLY', `unexpected reply ${status}`, status)
  return new ApiError(reply.code, reply.message, status, { fields: reply.fields })
}

interface ErrorReply {
  readonly code: string
  readonly message: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

function parseErrorReply(text: string): ErrorReply | undefined {
  try {
    const { error } = JSON.parse(text) as { error: Partial<ErrorReply> }
    const { code, message, fields } = error
    if (typeof code !== 'string' || !CODE.test(code) || typeof message !== 'string')
      return undefined
    return { code, message, fields: typeof fields === 'object' ? (fields ?? {}) : {} }
  } catch {
    return undefined
  }
}

async function readText(response: Response): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    throw new ApiError('BAD_REPLY', 'the reply broke off', response.status, { cause: error })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ApiError('BAD_REPLY', 'expected JSON', 0, { cause: error })
  }
}

/** Whether trying again later can help: not when the token or the request itself is refused. */
function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status < 400 || error.status >= 500
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

function sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, delayMs)
    signal?.addEventListener('abort', finish, { once: true })
    if (isAborted(signal)) finish()
  })
}
