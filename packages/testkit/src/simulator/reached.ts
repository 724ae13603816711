/**
 * "Sometimes" assertions: states that a campaign must have seen, or its worlds are not testing what they claim.
 *
 * A world counts what it reaches; a campaign adds the counts up and fails when one of them is still zero.
 */

export const REACHED_STATES = [
  'space founded',
  'join by approval',
  'join by itself',
  'join while the inviter was offline',
  'request declined',
  'asked to join too often',
  'invitation revoked',
  'writes by several devices at once',
  'crash while a write was under way',
  'torn tail repaired',
  'index lost and rebuilt',
  'older index caught up',
  'partition healed',
  'one-way partition',
  'connection reset with messages on their way',
  'entry held back for its clock',
  'clock set back',
  'write refused by a full disk',
  'node started late',
  'several spaces',
  'one device cut off',
  'links clogged and unclogged',
  'process paused',
  'slept for eight hours',
  'sync failed',
  'read failed',
  'write failed',
  'device lost',
  'backup put back',
  'restored device made whole by others',
  'bit flipped at rest',
  'clock a year off',
  'met through a relay only',
  'agreed without outsiders',
  'damaged device halted',
  'two race for one link',
  'member removed',
  'removal unknown to the removed',
  'removal beside a write of the removed',
  'two remove each other',
  'member demoted',
  'member promoted',
  'member left',
  'former member admitted again',
  'ownership handed over',
  'lost owner replaced',
  'further device added',
  'new phone added',
  'device revoked',
  'entries set aside and adopted',
  'history held back from newcomers',
  'hostile bytes sent',
  'hostile peer banned',
  'rogue entry after a removal',
  'fork proven',
  'forked device reset',
  'two resets of one device apart',
  'copy made anew',
  'space whose messages disappear',
  'message disappeared',
  'taken device searched',
  'message edited',
  'message deleted',
  'reaction',
  'reply',
  'read mark',
  'device upgraded',
  'entry of a later type written',
  'entry named as of a newer version',
  'shown after an upgrade what was stored before',
  'two versions agreed',
  'message of a later version heard',
  'message of a later version ignored',
  'rules raised',
  'write refused for newer rules',
  'upgraded for newer rules',
  'bill entered',
  'payment entered',
  'bill edited',
  'bill deleted',
  'bill restored',
  'bill chosen among versions',
  'bill commented',
  'comment on a bill taken back',
  'verdict given',
  'person without the app added',
  'person without the app linked',
  'setting of the ledger changed',
  'series of bills written',
  'bill due written',
  'file imported',
  'period closed',
  'period countersigned',
  'done on several devices at once in a ledger',
  'bill with versions to choose among',
  'versions of a bill merged',
  'harm done to a ledger',
  'ledger folded anew',
] as const

/** Seldom reached: only campaigns of very many worlds have to. */
const RARE_STATES: ReadonlySet<ReachedState> = new Set<ReachedState>([
  'asked to join too often',
  'entries set aside and adopted',
  'two race for one link',
  'two remove each other',
  'lost owner replaced',
  'new phone added',
  'device revoked',
  'rogue entry after a removal',
  'restored device made whole by others',
  'clock a year off',
  'fork proven',
  'forked device reset',
  'two resets of one device apart',
  'entries set aside and adopted',
  'history held back from newcomers',
  'write refused for newer rules',
  'upgraded for newer rules',
  'bill restored',
  'bill chosen among versions',
  'comment on a bill taken back',
  'verdict given',
  'period countersigned',
  'bill deleted',
  'bill due written',
  'bill with versions to choose among',
  'versions of a bill merged',
  'harm done to a ledger',
])

export type ReachedState = (typeof REACHED_STATES)[number]

/** Counts of a list of states, of which the rare ones are asked of very many worlds only. */
export class ReachedStates<State extends string> {
  readonly states: readonly State[]
  readonly #rare: ReadonlySet<State>
  readonly #counts = new Map<State, number>()

  constructor(states: readonly State[], rare: ReadonlySet<State>) {
    this.states = states
    this.#rare = rare
  }

  count(state: State, by = 1): void {
    this.#counts.set(state, (this.#counts.get(state) ?? 0) + by)
  }

  get(state: State): number {
    return this.#counts.get(state) ?? 0
  }

  addAll(counts: Readonly<Record<string, number>>): void {
    for (const state of this.states) this.count(state, counts[state] ?? 0)
  }

  toRecord(): Record<State, number> {
    const pairs = this.states.map((state) => [state, this.get(state)])
    return Object.fromEntries(pairs) as Record<State, number>
  }

  /** `isLarge`: of very many worlds, which must have reached the rare ones too. */
  missing(isLarge: boolean): State[] {
    return this.states.filter(
      (state) => this.get(state) === 0 && (isLarge || !this.#rare.has(state)),
    )
  }
}

/** Of worlds with spaces. */
export class Reached extends ReachedStates<ReachedState> {
  constructor() {
    super(REACHED_STATES, RARE_STATES)
  }
}
