/**
 * What all checks of a history look things up in: operations by what they wrote, the final order, and which of two
 * operations of one host certainly came first.
 */

import type {
  AdoptOperation,
  Anomaly,
  AnomalyKind,
  AsideEntry,
  ChangeOperation,
  EditOperation,
  DeleteOperation,
  FinalMessage,
  History,
  MemberEvent,
  Operation,
  ReactOperation,
  Role,
  SendOperation,
} from './history.ts'

/** More than two thirds of at least three admins. */
export const ELECTING_VOTES_MIN = 3

/** The switches of one reaction of one person. */
export interface ReactionRegister {
  readonly message: string
  readonly emoji: string
  readonly person: string
  readonly reacts: readonly ReactOperation[]
}

export class CheckContext {
  readonly history: History
  readonly anomalies: Anomaly[] = []
  /** The first host's answer, which all others must equal. */
  readonly messages: readonly FinalMessage[]
  readonly messagesById: ReadonlyMap<string, FinalMessage>
  readonly positions: ReadonlyMap<string, number>
  readonly personOf: ReadonlyMap<string, string>
  readonly sendsByText: ReadonlyMap<string, SendOperation>
  readonly sendsById: ReadonlyMap<string, SendOperation>
  readonly editsByMessage: ReadonlyMap<string, readonly EditOperation[]>
  readonly deletesByMessage: ReadonlyMap<string, readonly DeleteOperation[]>
  /** By {@link reactionKey}. */
  readonly reactsByKey: ReadonlyMap<string, readonly ReactOperation[]>
  readonly reactionsByMessage: ReadonlyMap<string, readonly ReactionRegister[]>
  readonly idBySend: ReadonlyMap<SendOperation, string>
  /** Not refused: they may have been done. */
  readonly adoptions: readonly AdoptOperation[]
  /** Messages that are others' written again, by their id: what they are of, and its text. */
  readonly copies: ReadonlyMap<string, { readonly original: string; readonly text: string }>
  /** Not refused: they may have been done. */
  readonly changes: readonly ChangeOperation[]
  /** What happened to members, as the first host tells it. */
  readonly log: readonly MemberEvent[]
  readonly asideById: ReadonlyMap<string, AsideEntry>
  /** Hosts that are out and of which what they wrote last reached nobody. */
  readonly unreached: ReadonlySet<string>
  /** Changes of messages that were set aside and can still excuse one that is missing, by person. */
  readonly #excuses = new Map<string, number>()
  readonly #endsByHost: ReadonlyMap<string, readonly number[]>
  readonly #told = new Set<string>()

  constructor(history: History) {
    this.history = history
    this.messages = history.finals[0]?.messages ?? []
    this.messagesById = new Map(this.messages.map((message) => [message.id, message]))
    this.positions = new Map(this.messages.map(({ id }, position) => [id, position]))
    this.personOf = new Map(history.hosts.map(({ name, person }) => [name, person]))
    const { operations } = history
    const sends = operations.filter((operation) => operation.kind === 'send')
    this.sendsByText = new Map(sends.map((send) => [send.text, send]))
    this.adoptions = operations.filter(
      (operation) => operation.kind === 'adopt' && operation.outcome !== 'fail',
    ) as readonly AdoptOperation[]
    this.copies = this.#findCopies()
    this.sendsById = this.#identify(sends)
    this.editsByMessage = groupBy(
      operations.filter((operation) => operation.kind === 'edit'),
      ({ message }) => message,
    )
    this.deletesByMessage = groupBy(
      operations.filter((operation) => operation.kind === 'delete'),
      ({ message }) => message,
    )
    this.reactsByKey = groupBy(
      operations.filter((operation) => operation.kind === 'react'),
      ({ message, emoji, host }) => reactionKey(message, emoji, this.personOf.get(host)!),
    )
    this.reactionsByMessage = groupBy(
      [...this.reactsByKey.values()].map((reacts): ReactionRegister => {
        const { message, emoji, host } = reacts[0]!
        return { message, emoji, person: this.personOf.get(host)!, reacts }
      }),
      ({ message }) => message,
    )
    this.idBySend = new Map([...this.sendsById].map(([id, send]) => [send, id]))
    this.changes = operations.filter(
      (operation) => operation.kind === 'change' && operation.outcome !== 'fail',
    ) as readonly ChangeOperation[]
    this.log = history.finals[0]?.log ?? []
    const aside = history.finals[0]?.aside ?? []
    this.asideById = new Map(aside.map((entry) => [entry.id, entry]))
    for (const { person, kind } of aside) {
      if (kind === 'message' || kind === 'room') continue
      this.#excuses.set(person, (this.#excuses.get(person) ?? 0) + 1)
    }
    this.unreached = new Set(
      history.outsiders
        .filter(({ outOfReach, unheard }) => outOfReach || unheard)
        .map(({ host }) => host),
    )
    this.#endsByHost = new Map(
      [...groupBy(history.ends, ({ host }) => host)].map(([host, ends]) => [
        host,
        ends.map(({ atMs }) => atMs).sort((a, b) => a - b),
      ]),
    )
  }

  /** Tells each fault once, however many reads show it. */
  report(kind: AnomalyKind, detail: string): void {
    const key = `${kind}: ${detail}`
    if (this.#told.has(key)) return
    this.#told.add(key)
    this.anomalies.push({ kind, detail })
  }

  /**
   * From when on the operation can have no effect that it has not had: its reply, or the end of the process that was
   * asked, or never.
   */
  settledMs({ host, outcome, startMs, endMs }: Operation): number {
    if (outcome !== 'info') return endMs
    return this.#endsByHost.get(host)?.find((atMs) => atMs >= startMs) ?? Infinity
  }

  /** Whether `first` certainly had its effect before `second` had; of two hosts nobody can tell. */
  precedes(first: Operation, second: Operation): boolean {
    return first.host === second.host && this.settledMs(first) < second.startMs
  }

  /** The host a message was written on; its author when nobody sent it. Each copy has a writer of its own. */
  writerOf(id: string): string {
    if (this.copies.has(id)) return id
    return this.sendsById.get(id)?.host ?? this.messagesById.get(id)?.author ?? id
  }

  /** Whether the person can have been that, or higher, by then. */
  mayHaveBeen(person: string, role: 'owner' | 'admin', byMs: number): boolean {
    if (person === this.history.founder) return true
    const isGiven = (given: Role | undefined): boolean =>
      given === 'owner' || (given === role && role === 'admin')
    const byChange = this.changes.some(
      (change) =>
        change.person === person &&
        change.startMs <= byMs &&
        isGiven(change.act === 'hand over' ? 'owner' : change.role),
    )
    const isElected = this.votersFor(person, byMs).size >= ELECTING_VOTES_MIN
    return byChange || isElected || this.rolesByLink(person, byMs).some(isGiven)
  }

  /** Who may have voted by then that the person is to own the space. */
  votersFor(person: string, byMs: number): ReadonlySet<string> {
    const votes = this.changes.filter((change) => {
      return change.act === 'vote' && change.person === person && change.startMs <= byMs
    })
    return new Set(votes.map(({ host }) => this.personOf.get(host)!))
  }

  /** What the links the person has used let in as. */
  rolesByLink(person: string, byMs: number): readonly Role[] {
    const { operations } = this.history
    const links = new Set<string>()
    for (const operation of operations) {
      if (operation.kind !== 'join' || operation.startMs > byMs) continue
      if (this.personOf.get(operation.host) === person) links.add(operation.link)
    }
    return operations.flatMap((operation) =>
      operation.kind === 'invite' && operation.link !== undefined && links.has(operation.link)
        ? [operation.role]
        : [],
    )
  }

  /** Changes after which what this host writes unaware of them may not count. */
  cutsAgainst(host: string): readonly ChangeOperation[] {
    const person = this.personOf.get(host)
    const device = this.history.hosts.find(({ name }) => name === host)?.device
    return this.changes.filter((change) => {
      if (change.act === 'vote') return false
      if (change.act === 'revoke') return change.device === device
      // Who hands a space over is less from then on.
      if (change.act === 'hand over') return this.personOf.get(change.host) === person
      return change.person === person
    })
  }

  /** Whether what this person changed can have been shown and then been set aside. */
  isContested(person: string): boolean {
    return (
      this.isReversed(person) ||
      [...this.asideById.values()].some((entry) => entry.person === person)
    )
  }

  /** Whether what this person wrote can have been set aside for a while: somebody of higher rank decided otherwise. */
  isReversed(person: string): boolean {
    if (this.log.some((event) => event.person === person && !event.counts)) return true
    const hosts = this.history.hosts.filter((host) => host.person === person)
    return hosts.some(({ name }) => this.unreached.has(name))
  }

  /**
   * Whether an acknowledged change that is missing was set aside; each such entry excuses one. What a host wrote last that
   * is out in the end may not have come to anybody, and there is nobody who could tell: only messages are waited for.
   */
  excuse({ host, startMs }: Operation): boolean {
    if (this.unreached.has(host)) return true
    const isOut = this.history.outsiders.some((each) => each.host === host)
    if (isOut && startMs > this.#lastPlacedMs(host)) return true
    const person = this.personOf.get(host)!
    const left = this.#excuses.get(person) ?? 0
    if (left <= 0) return false
    this.#excuses.set(person, left - 1)
    return true
  }

  /** When the host sent the last message of its that others have. */
  #lastPlacedMs(host: string): number {
    let lastMs = -Infinity
    for (const [id, send] of this.sendsById) {
      const isPlaced = this.messagesById.has(id) || this.asideById.has(id)
      if (isPlaced && send.host === host) lastMs = Math.max(lastMs, send.startMs)
    }
    return lastMs
  }

  /**
   * Those that may be the last of their register at some moment between the two times: not refused, begun, and not
   * followed by another that was acknowledged in time.
   */
  possiblyLast<T extends Operation>(writes: readonly T[], startMs: number, endMs: number): T[] {
    const acknowledged = writes.filter((write) => write.outcome === 'ok' && write.endMs < startMs)
    return writes.filter(
      (write) =>
        write.outcome !== 'fail' &&
        write.startMs <= endMs &&
        !acknowledged.some((later) => later !== write && this.precedes(write, later)),
    )
  }

  /** Whether a person's reaction may be seen as on, off or either, between the two times. */
  possibleReactions(
    reacts: readonly ReactOperation[],
    startMs: number,
    endMs: number,
  ): ReadonlySet<boolean> {
    const possible = new Set(this.possiblyLast(reacts, startMs, endMs).map(({ on }) => on))
    const isSettled = reacts.some(({ outcome, endMs: at }) => outcome === 'ok' && at < startMs)
    if (!isSettled) possible.add(false)
    return possible
  }

  /** Whose author had asked to write the text of another message again. */
  #findCopies(): ReadonlyMap<string, { readonly original: string; readonly text: string }> {
    const originals = new Map<string, string>()
    for (const { host, entries } of this.adoptions) {
      for (const { id, text } of entries) originals.set(`${this.personOf.get(host)} ${text}`, id)
    }
    const copies = new Map<string, { readonly original: string; readonly text: string }>()
    if (originals.size === 0) return copies
    const look = (id: string, author: string, text: string | undefined): void => {
      const original = text === undefined ? undefined : originals.get(`${author} ${text}`)
      if (original !== undefined && original !== id) copies.set(id, { original, text: text! })
    }
    for (const { id, author, versions } of this.messages) look(id, author, versions[0])
    for (const { id, person, text } of this.history.finals[0]?.aside ?? []) look(id, person, text)
    for (const operation of this.history.operations) {
      const shown = operation.kind === 'read' ? (operation.page?.messages ?? []) : []
      for (const { id, author, text } of shown) look(id, author, text)
    }
    return copies
  }

  /** Sends by the id they got: from their reply or, when that never came, from the text the message has. */
  #identify(sends: readonly SendOperation[]): ReadonlyMap<string, SendOperation> {
    const byId = new Map<string, SendOperation>()
    for (const send of sends) if (send.shown !== undefined) byId.set(send.shown.id, send)
    for (const { id, versions } of this.messages) {
      if (this.copies.has(id)) continue
      const send = versions[0] === undefined ? undefined : this.sendsByText.get(versions[0])
      if (send !== undefined && !byId.has(id)) byId.set(id, send)
    }
    // A message that was deleted in the end has no text left; a read may have shown it before.
    for (const operation of this.history.operations) {
      if (operation.kind !== 'read') continue
      for (const { id, text } of operation.page?.messages ?? []) {
        const send = byId.has(id) || this.copies.has(id) ? undefined : this.sendsByText.get(text)
        if (send !== undefined) byId.set(id, send)
      }
    }
    return byId
  }
}

export function reactionKey(message: string, emoji: string, person: string): string {
  return `${message} ${emoji} ${person}`
}

export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** The beginning of a text or an id, enough to know it by. */
export function short(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 24)}…`
}
