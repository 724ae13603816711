/** What the people of a `MemoryWorld` share: arrays, ids and who is told of a change. */

import { createHash } from 'node:crypto'
import { checkName, HamletError, utf8 } from '@hamlet/core'

import type * as api from '../src/hamlet-api.ts'
import { MemoryLedger } from './_memory-ledger.ts'

/** A file of a message. */
export interface StoredFile {
  readonly name: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

export interface StoredMessage {
  readonly id: string
  readonly room: string
  readonly author: string
  readonly atMs: number
  readonly replyTo: string | undefined
  readonly key: string | undefined
  readonly versions: { text: string; atMs: number }[]
  readonly reactions: Map<string, Set<string>>
  deleted: boolean
  readonly late?: boolean
  readonly files?: readonly StoredFile[]
}

export interface StoredInvite {
  readonly id: string
  readonly role: api.InviteRole
  readonly mode: api.InviteMode
  readonly createdAtMs: number
  readonly createdBy: string
  readonly expiresAtMs: number
  readonly maxUses: number
  uses: number
  revoked: boolean
}

export interface StoredRequest {
  readonly id: string
  readonly invite: string
  readonly person: string
  readonly role: api.InviteRole
  readonly atMs: number
  state: api.JoinRequest['state']
}

export interface StoredMember {
  readonly role: api.Role
  readonly joinedAtMs: number
  readonly incarnation: number
}

export interface StoredDeparture {
  readonly role: api.Role
  readonly incarnation: number
  readonly atMs: number
  readonly by: string | undefined
  readonly forgotten: boolean
  /** Nobody put them out: their admission, by somebody of that name, does not count. */
  readonly fell?: { readonly admission: api.AdmissionFall; readonly admittedByName: string }
}

export interface StoredSpace {
  readonly id: string
  readonly name: string
  readonly founder: string
  readonly createdAtMs: number
  readonly members: Map<string, StoredMember>
  readonly former: Map<string, StoredDeparture>
  readonly log: api.MembershipEvent[]
  /** For whom each admin votes. */
  readonly votes: Map<string, string>
  /** People whose device waits for a confirmation before it writes. */
  readonly unconfirmed: Set<string>
  history: api.SpaceDetail['history']
  releaseAfterAcks: string
  readonly disappearAfterMs: number | undefined
  readonly rooms: { readonly id: string; readonly name: string; readonly createdAtMs: number }[]
  readonly messages: StoredMessage[]
  readonly invites: StoredInvite[]
  readonly requests: StoredRequest[]
  /** Per person and room: how many messages of the room are read, and when. */
  readonly read: Map<string, { count: number; atMs: number }>
}

export interface StoredPerson {
  readonly id: string
  readonly device: string
  readonly name: string
  emit(event: api.HamletEvent): void
}

export type EventOfSpace =
  | 'space'
  | 'members'
  | 'requests'
  | 'invites'
  | 'rooms'
  | 'delivery'
  | 'ledger'

export const RANKS: Readonly<Record<api.Role, number>> = {
  owner: 3,
  admin: 2,
  writer: 1,
  reader: 0,
  relay: -1,
}
const MESSAGE_BYTES_MAX = 16_384

export class MemoryStore<Person extends StoredPerson = StoredPerson> {
  readonly people: Person[] = []
  readonly spaces: StoredSpace[] = []
  readonly #nowMs: () => number
  readonly #ledgers = new Map<string, MemoryLedger>()
  #ids = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  nowMs(): number {
    return this.#nowMs()
  }

  newId(): string {
    return createHash('sha256')
      .update(`memory ${++this.#ids}`)
      .digest('hex')
  }

  ledgerOf({ id }: StoredSpace): MemoryLedger {
    const nameOf = (person: string) => this.nameOf(person)
    const ledger = this.#ledgers.get(id) ?? new MemoryLedger(() => this.nowMs(), nameOf)
    this.#ledgers.set(id, ledger)
    return ledger
  }

  nameOf(person: string): string {
    return this.people.find(({ id }) => id === person)?.name ?? ''
  }

  tell(space: StoredSpace, type: EventOfSpace): void {
    for (const person of this.people) {
      if (space.members.has(person.id)) person.emit({ type, space: space.id })
    }
  }
}

export function byId<T extends { readonly id: string }>(
  items: readonly T[],
  id: string,
): T | undefined {
  return items.find((item) => item.id === id)
}

export function indexOf(messages: readonly StoredMessage[], id: string): number {
  const index = messages.findIndex((message) => message.id === id)
  if (index < 0) throw new HamletError('MESSAGE_NOT_FOUND', 'there is no such message')
  return index
}

export function found<T>(value: T | undefined, code: string): T {
  if (value === undefined) throw new HamletError(code, 'there is no such thing')
  return value
}

export function textOf(message: StoredMessage): string {
  return message.deleted ? '' : (message.versions.at(-1)?.text ?? '')
}

export function validName(name: string): string {
  const checked = checkName(name)
  if (!checked.ok) throw checked.error
  return name
}

export function validText(text: string): string {
  if (text.trim() === '') throw new HamletError('MESSAGE_EMPTY', 'the message is empty')
  if (utf8(text).length <= MESSAGE_BYTES_MAX) return text
  throw new HamletError('MESSAGE_TOO_LONG', `expected at most ${MESSAGE_BYTES_MAX} bytes`)
}
