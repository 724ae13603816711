/**
 * What stands: of the operations that counted where they were made, those that still count in a larger set.
 *
 * An operation can fall when somebody of higher rank took its author's right away without having seen it (a cut), when
 * an older device of the same person revoked the one it was written on, when more people were let in at once than an
 * invitation allows, when an automatic invitation was revoked meanwhile, and when what made its author what they were has
 * fallen. The set is evaluated in *strata*, from the highest rank down: an operation falls only by operations of higher
 * strata, which are settled before. So no definition is circular, however the operations are entangled, and the result
 * is a function of the set.
 *
 *     1. handed over ownership, tenure by tenure: the word of the admins first, then the owner's own
 *     2. for each rank from owner to relay: cuts from above; revoked devices; the rest in causal order; seats
 *
 * An admission that somebody of higher rank has built on, by giving the person a role or the space, stands: that decision is
 * theirs.
 *
 * Source: `docs/design/004-removal.md`, with the argument why there are no cycles.
 */

import type { EntryId, PersonId } from '@hamlet/core'
import { isBeyond, lengthsOf } from './control-cut.ts'
import type { Cut } from './control-cut.ts'
import type { ControlNode } from './control-node.ts'
import type { ControlOperation } from './control-operation.ts'
import { People, precedes } from './control-people.ts'
import { Seats } from './control-seats.ts'
import type { Unseated } from './control-seats.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { Role } from './types.ts'

export interface Standing {
  /** Operations that have fallen. */
  readonly voided: ReadonlySet<EntryId>
  /** Cuts of operations that stand, in the order they were settled. */
  readonly cuts: readonly Cut[]
  /** Genesis, then the transfers that stand, each made in the tenure begun by the one before. */
  readonly owners: readonly ControlNode[]
  readonly people: People
  /** By operation, the others that cut it off, displaced it, set its cut anew, or kept it from falling. */
  readonly reasons: ReadonlyMap<EntryId, ReadonlySet<ControlNode>>
}

/** Ranks of what decides above all roles. */
const TRANSFER_RANK = 4
const ROOT_RANK = 5
/** A cut that ends nothing but content: people who leave harm nobody by what they decided before. */
const CONTENT_RANK = -2
const RANKS = [3, 2, 1, 0, -1]

/** What proves itself, whoever carries it. */
const SELF_PROVING: ReadonlySet<ControlOperation['name']> = new Set([
  'genesis',
  'device-add',
  'prekey',
  'fork',
])

/** `nodes`: operations that counted in their own past, sorted by size of past, then id. */
export function findStanding(nodes: readonly ControlNode[]): Standing {
  return new Strata(nodes).settle()
}

class Strata {
  readonly #nodes: readonly ControlNode[]
  readonly #people: People
  readonly #seats: Seats
  readonly #voided = new Set<EntryId>()
  /** Admissions that operations of higher rank have built on, with the first of these. */
  readonly #confirmed = new Map<EntryId, ControlNode>()
  readonly #reasons = new Map<EntryId, Set<ControlNode>>()
  readonly #cuts: Cut[] = []
  readonly #owners: ControlNode[] = []
  readonly #settled = new Set<EntryId>()

  constructor(nodes: readonly ControlNode[]) {
    this.#nodes = nodes
    this.#people = new People(nodes)
    this.#seats = new Seats(nodes, this.#people)
  }

  settle(): Standing {
    for (const node of this.#nodes) if (isSelfProving(node)) this.#keep(node, ROOT_RANK)
    this.#settleOwners()
    let waiting = this.#nodes.filter(({ id }) => !this.#isDecided(id))
    for (const rank of RANKS) {
      const here = waiting.filter((node) => this.#isOfRank(node, rank))
      this.#settleRank(here, rank)
      waiting = waiting.filter(({ id }) => !this.#isDecided(id))
    }
    return {
      voided: this.#voided,
      cuts: this.#cuts,
      owners: this.#owners,
      people: this.#people,
      reasons: this.#reasons,
    }
  }

  /** Each tenure ends by the lowest of the transfers made in it, those of the admins before the owner's own. */
  #settleOwners(): void {
    const transfers = this.#nodes.filter(({ operation }) => operation.name === 'owner-transfer')
    let last = this.#nodes.find(({ operation }) => operation.name === 'genesis')
    while (last !== undefined) {
      this.#owners.push(last)
      if (transfers.length === 0) return
      last = this.#endTenure(last, transfers)
    }
    for (const node of transfers) if (!this.#settled.has(node.id)) this.#voidRival(node)
  }

  /** A transfer does not count: of the tenures there were, another ended this one, or the tenure was none of them. */
  #voidRival(node: ControlNode): void {
    const begun = this.#owners.findIndex(({ id }) => id === node.verdict.tenure)
    const ended = begun < 0 ? undefined : this.#owners[begun + 1]
    if (ended !== undefined) this.#because(node.id, ended)
    this.#voided.add(node.id)
  }

  #endTenure(begun: ControlNode, transfers: readonly ControlNode[]): ControlNode | undefined {
    const owner = ownerBy(begun)
    const rivals = transfers.filter(({ verdict }) => verdict.tenure === begun.id)
    const word = rivals.filter(isByAdmins).sort(byId)[0]
    if (word !== undefined && owner !== undefined) this.#endOwnership(owner, word)
    this.#settleRevocations(
      this.#nodes.filter(
        ({ verdict }) => verdict.authorRole === 'owner' && verdict.author === owner,
      ),
      RANK_BY_ROLE.owner,
    )
    if (word !== undefined) return word
    const own = rivals.filter((node) => this.#cappedRank(node, RANK_BY_ROLE.owner) === 3)
    const handed = own.sort(byId)[0]
    if (handed !== undefined && owner !== undefined) this.#endOwnership(owner, handed)
    return handed
  }

  #endOwnership(owner: PersonId, node: ControlNode): void {
    this.#settled.add(node.id)
    this.#people.noteFormerOwner(owner, node)
    if (node.operation.name !== 'owner-transfer') return
    this.#confirm(node.operation.person, node, TRANSFER_RANK)
    // The log of whoever hands over goes on behind the transfer: it is a chain.
    const lengths = lengthsOf(node.operation.cut).set(node.device, node.seq + 1)
    this.#addCut(node, { person: owner, device: undefined, lengths, role: 'admin' }, TRANSFER_RANK)
  }

  #settleRank(nodes: readonly ControlNode[], rank: number): void {
    this.#settleRevocations(nodes, rank)
    this.#settleInOrder(nodes, rank)
    // Only admins and above revoke invitations: when writers are settled, all revocations are.
    const revoked = rank === RANK_BY_ROLE.writer ? this.#seats.revokedMeanwhile(this.#counts) : []
    const fallen = this.#voidAll(revoked)
    const isKept = (id: EntryId): boolean => this.#confirmed.has(id)
    const seatless = this.#seats.beyondUses(rank, this.#counts, isKept)
    if (this.#voidAll(seatless) + fallen > 0) this.#settleInOrder(nodes, rank)
  }

  /** Revoked devices first, by age of the device that revokes: nobody is revoked by a younger one. */
  #settleRevocations(nodes: readonly ControlNode[], rank: number): void {
    const revocations = nodes.filter(({ id, operation }) => {
      return operation.name === 'device-revoke' && !this.#isDecided(id)
    })
    const byAge = revocations.map((node) => ({ node, claim: this.#claimOf(node) }))
    byAge.sort((a, b) => compareAge(a.claim, b.claim) || byId(a.node, b.node))
    for (const { node } of byAge) {
      if (this.#isOfRank(node, rank)) this.#judge(node, rank)
    }
  }

  #settleInOrder(nodes: readonly ControlNode[], rank: number): void {
    for (const node of nodes) {
      if (!this.#voided.has(node.id) && this.#isOfRank(node, rank)) this.#judge(node, rank)
    }
  }

  #judge(node: ControlNode, rank: number): void {
    if (this.#authorStands(node, rank)) this.#keep(node, rank)
    else this.#void(node)
  }

  /**
   * Whether the author was, by what stands, enough in the operation's past, on a device of theirs. What is of lower rank, and
   * nobody higher has built on, is not settled yet and has no say.
   */
  #authorStands(node: ControlNode, rank: number): boolean {
    const { author, needs } = node.verdict
    if (author === undefined) return false
    const counts = (other: ControlNode): boolean => {
      return precedes(other, node) && this.#counts(other) && !this.#isBelow(other, rank)
    }
    const owner = ownerBy(this.#owners.findLast((each) => counts(each)) ?? this.#owners[0])
    const member = this.#people.memberAt(author, owner, counts)
    if (member === undefined || RANK_BY_ROLE[member.role] < needs) return false
    return this.#people
      .claimsOf(author, member, counts)
      .some(({ device }) => device === node.device)
  }

  #keep(node: ControlNode, rank: number): void {
    if (this.#settled.has(node.id)) return
    this.#settled.add(node.id)
    const { operation } = node
    if (operation.name === 'grant') this.#confirm(operation.person, node, rank)
    const cut = cutOf(node)
    if (cut !== undefined) this.#addCut(node, cut, operation.name === 'leave' ? CONTENT_RANK : rank)
  }

  #confirm(person: PersonId, node: ControlNode, rank: number): void {
    for (const { node: entrance } of this.#people.records.get(person)?.entrances ?? []) {
      const isLower = RANK_BY_ROLE[entrance.verdict.authorRole ?? 'owner'] < rank
      if (!isLower || !precedes(entrance, node) || this.#confirmed.has(entrance.id)) continue
      this.#confirmed.set(entrance.id, node)
    }
  }

  /**
   * Whoever ranks higher and has seen an earlier cut of the same person decides instead of it. Not by handing the space
   * over, which is no judgement of what the person wrote before; and what was cut of an earlier life stays cut.
   */
  #addCut(node: ControlNode, cut: Omit<Cut, 'id' | 'node' | 'rank'>, rank: number): void {
    const { person } = cut
    const replacing = this.#cuts.find((other) => {
      if (person === undefined || other.person !== person || other.rank <= rank) return false
      if (other.node.operation.name === 'owner-transfer' || !precedes(node, other.node))
        return false
      return !this.#isBackBetween(person, node, other.node)
    })
    if (replacing === undefined) this.#cuts.push({ id: node.id, node, rank, ...cut })
    else if (rank !== CONTENT_RANK) this.#because(node.id, replacing.node)
  }

  /** Whether the person was let in again by somebody who knew the first, and before the second. */
  #isBackBetween(person: PersonId, first: ControlNode, second: ControlNode): boolean {
    const entrances = this.#people.records.get(person)?.entrances ?? []
    return entrances.some(({ node }) => precedes(first, node) && precedes(node, second))
  }

  #void({ id }: ControlNode): void {
    const keeping = this.#confirmed.get(id)
    if (keeping === undefined) this.#voided.add(id)
    else this.#because(id, keeping)
  }

  #voidAll(falling: readonly Unseated[]): number {
    const before = this.#voided.size
    for (const { node, by } of falling) {
      for (const reason of by) this.#because(node.id, reason)
      this.#void(node)
    }
    return this.#voided.size - before
  }

  #because(id: EntryId, reason: ControlNode): void {
    const known = this.#reasons.get(id)
    if (known === undefined) this.#reasons.set(id, new Set([reason]))
    else known.add(reason)
  }

  /** Whether the operation is settled in this rank: its author's, less what is cut from above. Voids what is cut off. */
  #isOfRank(node: ControlNode, rank: number): boolean {
    const capped = this.#cappedRank(node, rank)
    if (capped !== undefined && capped >= node.verdict.needs) return capped === rank
    this.#void(node)
    return false
  }

  /** `undefined`: nothing is left of the author there. `rank`: cuts made in this rank or below do not count. */
  #cappedRank(node: ControlNode, rank: number): number | undefined {
    const { author, authorRole } = node.verdict
    if (author === undefined || authorRole === undefined) return undefined
    let capped = RANK_BY_ROLE[authorRole]
    for (const cut of this.#cuts) {
      const isAbove = cut.person === undefined ? cut.rank >= rank : cut.rank > rank
      if (!isAbove || !isBeyond(cut, author, node)) continue
      const most = cut.role === undefined ? -Infinity : RANK_BY_ROLE[cut.role]
      if (most < capped) this.#because(node.id, cut.node)
      if (cut.role === undefined) return undefined
      capped = Math.min(capped, most)
    }
    return capped
  }

  #isBelow(node: ControlNode, rank: number): boolean {
    if (this.#isDecided(node.id) || this.#confirmed.has(node.id)) return false
    return (this.#cappedRank(node, rank) ?? -Infinity) < rank
  }

  readonly #counts = (node: ControlNode): boolean => !this.#voided.has(node.id)

  #isDecided(id: EntryId): boolean {
    return this.#voided.has(id) || this.#settled.has(id)
  }

  #claimOf(node: ControlNode): ControlNode | undefined {
    const record = node.verdict.author && this.#people.records.get(node.verdict.author)
    return record?.claims.find(({ device }) => device === node.device)?.node
  }
}

/** The cut an operation makes, when it makes one. */
function cutOf(node: ControlNode): Omit<Cut, 'id' | 'node' | 'rank'> | undefined {
  const { operation } = node
  switch (operation.name) {
    case 'remove':
      return personCut(operation.person, lengthsOf(operation.cut), undefined)
    case 'demote':
      return personCut(operation.person, lengthsOf(operation.cut), operation.role)
    case 'leave': {
      const lengths = lengthsOf(operation.cut).set(node.device, node.seq + 1)
      return node.verdict.author && personCut(node.verdict.author, lengths, undefined)
    }
    case 'device-revoke': {
      const lengths = new Map([[operation.device, operation.length]])
      return { person: undefined, device: operation.device, lengths, role: undefined }
    }
    default:
      return undefined
  }
}

function personCut(
  person: PersonId,
  lengths: Cut['lengths'],
  role: Role | undefined,
): Omit<Cut, 'id' | 'node' | 'rank'> {
  return { person, device: undefined, lengths, role }
}

/** Who owns the space from this operation on. */
export function ownerBy(node: ControlNode | undefined): PersonId | undefined {
  if (node?.operation.name === 'owner-transfer') return node.operation.person
  return node?.certificate?.person
}

function isSelfProving({ operation }: ControlNode): boolean {
  if (operation.name === 'device-revoke') return operation.rootSignature !== undefined
  return SELF_PROVING.has(operation.name)
}

function isByAdmins({ operation }: ControlNode): boolean {
  return operation.name === 'owner-transfer' && operation.signatures.length > 0
}

function byId(a: ControlNode, b: ControlNode): number {
  return a.id < b.id ? -1 : 1
}

function compareAge(a: ControlNode | undefined, b: ControlNode | undefined): number {
  if (a === undefined || b === undefined || a === b) return 0
  return a.past.size - b.past.size || byId(a, b)
}
