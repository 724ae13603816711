/**
 * What happened in a run, as a client can know it: operations with the time they were asked and the time they were
 * answered, and what every host said at the end. The checker judges nothing else.
 *
 * Outcomes, as in Jepsen: `ok`, it was acknowledged; `fail`, it was certainly not done (refused, or never sent);
 * `info`, nobody knows (the reply never came). Times are milliseconds of one monotonic clock, the harness's. A host is
 * one device of one person, of whom another host may be a device too; its clients share it, so whatever they do is
 * concurrent when their times overlap.
 */

export type Outcome = 'ok' | 'fail' | 'info'

/** A message as a client was shown it. */
export interface SeenMessage {
  readonly id: string
  readonly room: string
  readonly author: string
  readonly text: string
  readonly replyTo?: string
  readonly deleted: boolean
  readonly reactions: readonly SeenReaction[]
}

export interface SeenReaction {
  readonly emoji: string
  readonly people: readonly string[]
}

export interface SeenPage {
  readonly messages: readonly SeenMessage[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
}

interface OperationBase {
  readonly host: string
  readonly startMs: number
  readonly endMs: number
  readonly outcome: Outcome
  /** The error's code, when there was one. */
  readonly code?: string
}

export interface SendOperation extends OperationBase {
  readonly kind: 'send'
  readonly room: string
  /** Unique in the run, as is every text of an edit. */
  readonly text: string
  readonly replyTo?: string
  /** When `ok`: the message as the reply showed it. */
  readonly shown?: SeenMessage
}

export interface EditOperation extends OperationBase {
  readonly kind: 'edit'
  readonly message: string
  readonly text: string
  readonly shown?: SeenMessage
}

export interface DeleteOperation extends OperationBase {
  readonly kind: 'delete'
  readonly message: string
  readonly shown?: SeenMessage
}

export interface ReactOperation extends OperationBase {
  readonly kind: 'react'
  readonly message: string
  readonly emoji: string
  readonly on: boolean
  readonly shown?: SeenMessage
}

export interface ReadOperation extends OperationBase {
  readonly kind: 'read'
  readonly room: string
  readonly query: string
  readonly page?: SeenPage
}

export type Role = 'owner' | 'admin' | 'writer' | 'reader'

/** Somebody asked to change who belongs to the space, and as what. */
export interface ChangeOperation extends OperationBase {
  readonly kind: 'change'
  readonly act: 'remove' | 'role' | 'hand over' | 'vote' | 'leave' | 'revoke'
  /** Whom it is about: of a device that is revoked, whose it is; of a vote, who is to own the space. */
  readonly person: string
  readonly device?: string
  readonly role?: Role
}

/** Messages that were set aside were to be written again under the name of who asked. */
export interface AdoptOperation extends OperationBase {
  readonly kind: 'adopt'
  readonly entries: readonly { readonly id: string; readonly text: string }[]
}

export interface InviteOperation extends OperationBase {
  readonly kind: 'invite'
  readonly role: Role
  /** When `ok`. */
  readonly link?: string
}

export interface JoinOperation extends OperationBase {
  readonly kind: 'join'
  readonly link: string
}

/** The number on both screens was the same, and the person said so. */
export interface LinkOperation extends OperationBase {
  readonly kind: 'link'
}

/** Who is a member, as a host shows it. */
export interface MembersOperation extends OperationBase {
  readonly kind: 'members'
  readonly members?: readonly SeenMember[]
}

export interface SeenMember {
  readonly person: string
  readonly name: string
  readonly role: Role
  readonly devices: readonly string[]
}

/** Anything else that was asked: it is counted, and its replies are judged by what they lead to. */
export interface OtherOperation extends OperationBase {
  readonly kind: 'other'
  readonly name: string
}

export type Operation =
  | SendOperation
  | EditOperation
  | DeleteOperation
  | ReactOperation
  | ReadOperation
  | ChangeOperation
  | AdoptOperation
  | InviteOperation
  | JoinOperation
  | LinkOperation
  | MembersOperation
  | OtherOperation

export type WriteOperation = SendOperation | EditOperation | DeleteOperation | ReactOperation

/** A message as a host exported it at the end. */
export interface FinalMessage {
  readonly id: string
  readonly room: string
  readonly author: string
  readonly text: string
  readonly replyTo?: string
  /** Texts, oldest first; empty when deleted. */
  readonly versions: readonly string[]
  readonly deleted: boolean
  readonly reactions: readonly SeenReaction[]
}

export interface FinalState {
  readonly host: string
  /** All rooms in one order. */
  readonly messages: readonly FinalMessage[]
  /** The export's lines, which hold nothing of this device alone. */
  readonly exportLines: readonly string[]
  /** The pages of each room put together, oldest first. */
  readonly pages: Readonly<Record<string, readonly SeenMessage[]>>
  /** What a face shows that asked once and then went by the events alone, in any order; absent when there was none. */
  readonly watched?: readonly SeenMessage[]
  readonly members: readonly SeenMember[]
  /** What happened to members, as the host tells it. */
  readonly log: readonly MemberEvent[]
  /** What was written by somebody who had lost the right to, and counts for nobody. */
  readonly aside: readonly AsideEntry[]
  readonly rooms: readonly string[]
  readonly searches: readonly SearchResult[]
  /** Of each room, after the last message was marked as read. */
  readonly unread: readonly number[]
  readonly inspection: {
    readonly frontier: string
    readonly pending: number
    readonly quarantined: number
    readonly rejected: number
    readonly forks: number
  }
}

export interface MemberEvent {
  readonly kind: string
  readonly by?: string
  readonly person?: string
  readonly device?: string
  readonly role?: Role
  /** Whether nobody of higher rank decided otherwise. */
  readonly counts: boolean
}

export interface AsideEntry {
  readonly id: string
  readonly person: string
  readonly device: string
  readonly kind: string
  /** Of a message. */
  readonly text: string
}

/** What a host says at the end that is no member then. */
export interface OutsiderState {
  readonly host: string
  /** What it believes to be: who was told is `removed` or `left`. */
  readonly standing: string
  /** Who put it out, when somebody did. */
  readonly by?: string
  /** Ids of the messages it can read. */
  readonly messages: readonly string[]
  /** It met nobody who told it. */
  readonly outOfReach: boolean
  /** It was told, and what it wrote last before that has reached nobody. */
  readonly unheard: boolean
}

export interface SearchResult {
  readonly word: string
  readonly ids: readonly string[]
}

export interface History {
  readonly hosts: readonly HistoryHost[]
  /** The person who founded the space. */
  readonly founder: string
  readonly operations: readonly Operation[]
  /** When a process ended: what it was asked before and did not do by then, it does no more. */
  readonly ends: readonly { readonly host: string; readonly atMs: number }[]
  /** Of the hosts that are members at the end. */
  readonly finals: readonly FinalState[]
  readonly outsiders: readonly OutsiderState[]
}

export interface HistoryHost {
  readonly name: string
  readonly person: string
  readonly device: string
}

export interface Anomaly {
  readonly kind: AnomalyKind
  readonly detail: string
}

export type AnomalyKind =
  | 'diverged'
  | 'lost write'
  | 'double write'
  | 'altered write'
  | 'refused write done'
  | 'phantom'
  | 'wrong state'
  | 'order against causality'
  | 'reply before its message'
  | 'causal gap in a read'
  | 'seen, then lost'
  | 'went backwards'
  | 'own write not read'
  | 'read out of order'
  | 'stale face'
  | 'wrong search'
  | 'wrong unread count'
  | 'lost change'
  | 'phantom change'
  | 'change without the right'
  | 'wrong members'
  | 'set aside without cause'
  | 'read by who was out'
  | 'not told'
  | 'numbers differ'
  | 'honest device accused'
  | 'crashed'
  | 'did not start'
  | 'did not stop'
  | 'internal error'
  | 'did not join'
  | 'did not converge'
  | 'not delivered'
