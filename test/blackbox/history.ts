/**
 * What happened in a run, as a client can know it: operations with the time they were asked and the time they were
 * answered, and what every host said at the end. The checker judges nothing else.
 *
 * Outcomes, as in Jepsen: `ok`, it was acknowledged; `fail`, it was certainly not done (refused, or never sent);
 * `info`, nobody knows (the reply never came). Times are milliseconds of one monotonic clock, the harness's. A host is
 * one person with one device; its clients share it, so whatever they do is concurrent when their times overlap.
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
  /** What a face shows that asked once and then went by the events alone, in any order. */
  readonly watched: readonly SeenMessage[]
  readonly members: readonly string[]
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

export interface SearchResult {
  readonly word: string
  readonly ids: readonly string[]
}

export interface History {
  readonly hosts: readonly { readonly name: string; readonly person: string }[]
  /** People who may delete what others wrote. */
  readonly moderators: readonly string[]
  readonly operations: readonly Operation[]
  /** When a process ended: what it was asked before and did not do by then, it does no more. */
  readonly ends: readonly { readonly host: string; readonly atMs: number }[]
  readonly finals: readonly FinalState[]
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
  | 'honest device accused'
  | 'crashed'
  | 'did not start'
  | 'did not stop'
  | 'internal error'
  | 'did not join'
  | 'did not converge'
  | 'not delivered'
