/**
 * Causal order and session guarantees, judged by vector clocks of what each host has seen.
 *
 * The idea: a host's messages stand in one order (the final one), so "seen the third message from Ben's laptop" is a
 * number for each writing host. A host's clock is the join of the clocks of what it read and of its own writes; a message's clock is
 * its host's when it was asked to send it. From that follow, for every read of the run:
 * 1. whatever lies in the window of the read and is below the clock the host had when it asked must be shown: what was
 *    seen stays (monotonic reads), own writes are read, and nothing is shown without what came before it (causality);
 * 2. what is shown stands in the final order, and a message stands after all that is below its clock.
 * A message's own state only goes forward: its versions in their order, and deleted for good.
 */

import { short } from './check-context.ts'
import type { CheckContext, ReactionRegister } from './check-context.ts'
import type { Operation, ReadOperation, SeenMessage } from './history.ts'

/** How many messages of each writing host are known. */
type Clock = ReadonlyMap<string, number>

interface Moment {
  readonly atMs: number
  readonly isEnd: boolean
  readonly operation: Operation
}

const DELETED = Number.MAX_SAFE_INTEGER

export function checkCausality(context: CheckContext): void {
  new CausalityCheck(context).run()
}

class CausalityCheck {
  readonly #context: CheckContext
  /** Place of a message among those of its host, from 1. */
  readonly #ordinals = new Map<string, number>()
  /** Positions of each host's messages, by ordinal less one. */
  readonly #positionsByWriter = new Map<string, number[]>()
  readonly #idsByRoom = new Map<string, string[]>()
  readonly #clockOfHost = new Map<string, Map<string, number>>()
  readonly #clockOfMessage = new Map<string, Clock>()
  readonly #clockAtStart = new Map<Operation, Clock>()
  /** What a host has seen of a message: levels with the time from when on it must not go below. */
  readonly #levels = new Map<string, { readonly atMs: number; readonly level: number }[]>()
  /** Reactions that were never taken back and have been seen, by host. */
  readonly #lastingSince = new Map<string, number>()

  constructor(context: CheckContext) {
    this.#context = context
    context.messages.forEach(({ id, room }, position) => {
      const positions = listIn(this.#positionsByWriter, context.writerOf(id))
      positions.push(position)
      this.#ordinals.set(id, positions.length)
      listIn(this.#idsByRoom, room).push(id)
    })
    for (const { name } of context.history.hosts) this.#clockOfHost.set(name, new Map())
  }

  run(): void {
    for (const moment of this.#moments()) {
      if (moment.isEnd) this.#end(moment.operation)
      else this.#start(moment.operation)
    }
    for (const message of this.#context.messages) this.#checkPlace(message.id, message.replyTo)
  }

  #moments(): Moment[] {
    const moments = this.#context.history.operations.flatMap((operation): Moment[] => [
      { atMs: operation.startMs, isEnd: false, operation },
      { atMs: operation.endMs, isEnd: true, operation },
    ])
    // Of one instant, ends come last: what ended then need not have been known to what began then.
    return moments.sort((a, b) => a.atMs - b.atMs || Number(a.isEnd) - Number(b.isEnd))
  }

  #start(operation: Operation): void {
    const clock = new Map(this.#clockOfHost.get(operation.host))
    this.#clockAtStart.set(operation, clock)
    if (operation.kind !== 'send') return
    const id = this.#context.idBySend.get(operation)
    if (id !== undefined) this.#clockOfMessage.set(id, clock)
  }

  #end(operation: Operation): void {
    if (operation.outcome !== 'ok') return
    if (operation.kind === 'read') this.#endRead(operation)
    else if ('shown' in operation && operation.shown !== undefined)
      this.#see(operation, operation.shown)
    if (operation.kind === 'delete') this.#raise(operation, operation.message, DELETED)
    if (operation.kind === 'edit') {
      const level = this.#levelOfText(operation.message, operation.text)
      if (level !== undefined) this.#raise(operation, operation.message, level)
    }
    this.#clockAtStart.delete(operation)
  }

  #endRead(read: ReadOperation): void {
    const page = read.page!
    const positions: number[] = []
    for (const seen of page.messages) {
      const position = this.#context.positions.get(seen.id)
      if (position !== undefined) positions.push(position)
      this.#see(read, seen)
    }
    if (positions.some((position, i) => i > 0 && position <= positions[i - 1]!)) {
      this.#context.report('read out of order', `${read.host} in ${short(read.room)}`)
    }
    const from = page.hasOlder ? (positions[0] ?? Infinity) : -1
    const to = page.hasNewer ? (positions.at(-1) ?? -1) : Infinity
    this.#checkWindow(read, from, to)
  }

  /** Everything of the room between the positions that the host knew when it asked must have been shown. */
  #checkWindow(read: ReadOperation, from: number, to: number): void {
    const shown = new Set(read.page!.messages.map(({ id }) => id))
    const clock = this.#clockAtStart.get(read)!
    const ids = this.#idsByRoom.get(read.room) ?? []
    for (let i = ids.length - 1; i >= 0; i--) {
      const id = ids[i]!
      const position = this.#context.positions.get(id)!
      if (position > to) continue
      if (position < from) break
      if (shown.has(id)) continue
      const writer = this.#context.writerOf(id)
      if (this.#context.isReversed(this.#context.messagesById.get(id)!.author)) continue
      const ordinal = this.#ordinals.get(id)!
      const told = `${read.host} was not shown ${this.#tell(id)}`
      if (ordinal <= (clock.get(writer) ?? 0)) {
        const isOwn = writer === read.host
        this.#context.report(isOwn ? 'own write not read' : 'causal gap in a read', told)
      } else if (this.#isBelowShown(read, writer, ordinal)) {
        this.#context.report('causal gap in a read', `${told}, on which others shown depend`)
      }
    }
  }

  #isBelowShown(read: ReadOperation, writer: string, ordinal: number): boolean {
    return read.page!.messages.some((seen) => {
      if (this.#context.writerOf(seen.id) === writer)
        return (this.#ordinals.get(seen.id) ?? 0) > ordinal
      return (this.#clockOfMessage.get(seen.id)?.get(writer) ?? 0) >= ordinal
    })
  }

  /** A client was shown a message: is it one, is it true, and does it know more than before? */
  #see({ host, startMs, endMs }: Operation, seen: SeenMessage): void {
    const ordinal = this.#ordinals.get(seen.id)
    if (ordinal === undefined) {
      const isAside =
        this.#context.asideById.has(seen.id) ||
        this.#context.unreached.has(this.#context.writerOf(seen.id))
      if (!isAside)
        this.#context.report(
          'seen, then lost',
          `${host} saw ${short(seen.text)} (${short(seen.id)})`,
        )
      return
    }
    const clock = this.#clockOfHost.get(host)!
    for (const [writer, count] of this.#clockOfMessage.get(seen.id) ?? [])
      raise(clock, writer, count)
    raise(clock, this.#context.writerOf(seen.id), ordinal)
    this.#checkTruth(seen, endMs)
    const level = seen.deleted ? DELETED : this.#levelOfText(seen.id, seen.text)
    if (level !== undefined) this.#checkLevel(host, startMs, seen, level)
    if (level !== undefined) this.#raise({ host, endMs }, seen.id, level)
    this.#checkReactions(host, startMs, endMs, seen)
  }

  /** Text, author and deletion are what somebody had asked for by then. */
  #checkTruth(seen: SeenMessage, endMs: number): void {
    const { id, text, author, deleted } = seen
    const send = this.#context.sendsById.get(id)
    if (send !== undefined && this.#context.personOf.get(send.host) !== author) {
      this.#context.report(
        'altered write',
        `${short(id)} of ${send.host} was shown as of ${short(author)}`,
      )
    }
    if (deleted) {
      const asked = this.#context.deletesByMessage.get(id) ?? []
      if (!asked.some(({ outcome, startMs }) => outcome !== 'fail' && startMs <= endMs)) {
        this.#context.report('phantom', `${short(id)} was shown as deleted`)
      }
      return
    }
    const edits = this.#context.editsByMessage.get(id) ?? []
    const isKnown =
      send?.text === text ||
      this.#context.copies.get(id)?.text === text ||
      edits.some((edit) => edit.text === text && edit.outcome !== 'fail' && edit.startMs <= endMs)
    if (!isKnown) this.#context.report('phantom', `${short(id)} was shown with ${short(text)}`)
  }

  #checkLevel(host: string, startMs: number, seen: SeenMessage, level: number): void {
    const levels = this.#levels.get(`${host} ${seen.id}`) ?? []
    const floor = Math.max(
      -1,
      ...levels.filter(({ atMs }) => atMs < startMs).map((past) => past.level),
    )
    if (level >= floor || this.#isUnsteady(seen.id)) return
    const was = floor === DELETED ? 'deleted' : `at version ${floor}`
    this.#context.report(
      'went backwards',
      `${host} was shown ${this.#tell(seen.id)} at version ${level}, it was ${was}`,
    )
  }

  #raise({ host, endMs }: Pick<Operation, 'host' | 'endMs'>, id: string, level: number): void {
    const levels = listIn(this.#levels, `${host} ${id}`)
    if (levels.some((past) => past.level >= level)) return
    levels.push({ atMs: endMs, level })
  }

  /** Whether an edit or a deletion of it can have been set aside after it was shown. */
  #isUnsteady(id: string): boolean {
    const edits = this.#context.editsByMessage.get(id) ?? []
    const deletes = this.#context.deletesByMessage.get(id) ?? []
    return [...edits, ...deletes].some(({ host }) =>
      this.#context.isContested(this.#context.personOf.get(host)!),
    )
  }

  /** Unknown for a message that was deleted in the end: its versions are gone. */
  #levelOfText(id: string, text: string): number | undefined {
    const level = this.#context.messagesById.get(id)?.versions.indexOf(text) ?? -1
    return level < 0 ? undefined : level
  }

  #checkReactions(host: string, startMs: number, endMs: number, seen: SeenMessage): void {
    if (seen.deleted) return
    const registers = this.#context.reactionsByMessage.get(seen.id) ?? []
    for (const { emoji, people } of seen.reactions) {
      for (const person of people) {
        const register = registers.find((each) => each.emoji === emoji && each.person === person)
        const isAsked = register?.reacts.some((react) => react.on && react.startMs <= endMs)
        if (isAsked !== true) this.#context.report('phantom', `${emoji} on ${this.#tell(seen.id)}`)
      }
    }
    for (const register of registers) this.#checkReaction(register, host, startMs, endMs, seen)
  }

  /** Own switches are read; another's, when it was never taken back, stays once it was seen. */
  #checkReaction(
    { emoji, person, reacts }: ReactionRegister,
    host: string,
    startMs: number,
    endMs: number,
    seen: SeenMessage,
  ): void {
    const isOn = seen.reactions.some(
      (shown) => shown.emoji === emoji && shown.people.includes(person),
    )
    const told = `${emoji} on ${this.#tell(seen.id)} ${isOn ? 'on' : 'off'}`
    if (this.#context.isContested(person)) return
    if (reacts.every((react) => react.host === host)) {
      if (this.#context.possibleReactions(reacts, startMs, endMs).has(isOn)) return
      this.#context.report('own write not read', `${host} saw its ${told}`)
      return
    }
    if (reacts.some(({ on }) => !on)) return
    const key = `${host} ${seen.id} ${emoji} ${person}`
    const sinceMs = this.#lastingSince.get(key)
    if (isOn && sinceMs === undefined) this.#lastingSince.set(key, endMs)
    if (isOn || sinceMs === undefined || sinceMs >= startMs) return
    this.#context.report('went backwards', `${host} saw ${told} again`)
  }

  /** A message stands after what it answers and after all that its author knew. */
  #checkPlace(id: string, replyTo: string | undefined): void {
    const position = this.#context.positions.get(id)!
    const answered = replyTo === undefined ? undefined : this.#context.positions.get(replyTo)
    const isAside =
      replyTo !== undefined &&
      (this.#context.asideById.has(replyTo) ||
        this.#context.unreached.has(this.#context.writerOf(replyTo)))
    if (replyTo !== undefined && !isAside && (answered === undefined || answered >= position)) {
      this.#context.report('reply before its message', this.#tell(id))
    }
    for (const [writer, count] of this.#clockOfMessage.get(id) ?? []) {
      const known = count === 0 ? undefined : this.#positionsByWriter.get(writer)?.[count - 1]
      if (known === undefined || known < position) continue
      const later = this.#context.messages[known]!.id
      this.#context.report(
        'order against causality',
        `${this.#tell(id)} stands before ${this.#tell(later)}`,
      )
    }
  }

  #tell(id: string): string {
    const message = this.#context.messagesById.get(id)
    return `"${short(message?.text ?? '')}" (${id.slice(0, 8)})`
  }
}

function raise(clock: Map<string, number>, author: string, count: number): void {
  if ((clock.get(author) ?? 0) < count) clock.set(author, count)
}

function listIn<V>(lists: Map<string, V[]>, key: string): V[] {
  const list = lists.get(key)
  if (list !== undefined) return list
  const made: V[] = []
  lists.set(key, made)
  return made
}
