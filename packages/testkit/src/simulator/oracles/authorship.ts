/**
 * No forgery: every entry that counts was written by the device it names, and that device's person was let in by
 * something in the entry's own causal past, was not put out again there, and had a role that may write it.
 */

import { entriesOf, hasSeen } from './causality.ts'
import type { Causality, Standing } from './causality.ts'
import type { Entry, Role } from '@hamlet/space'
import type { Judgement, Problem } from './problem.ts'

export interface Authorship {
  readonly problem: Problem | undefined
  /** Content entries of different devices of which neither saw the other. */
  readonly concurrent: number
  /** Removals beside entries of the removed, and pairs of removals of each other. */
  readonly removalsBesideWrites: number
  readonly removalsOfEachOther: number
}

/** Pairs are counted among so many entries. */
const PAIRED_ENTRIES_MAX = 200
const NOTHING = { concurrent: 0, removalsBesideWrites: 0, removalsOfEachOther: 0 }

export function checkAuthorship(judgement: Judgement, causality: Causality): Authorship {
  const first = judgement.replicas[0]!
  const problem = findForgery(judgement, causality)
  if (problem !== undefined) return { problem, ...NOTHING }
  const entries = [...entriesOf(first.copy.space)]
  return {
    problem: undefined,
    concurrent: countConcurrent(entries, causality),
    ...countRemovals(entries, causality),
  }
}

function findForgery(judgement: Judgement, causality: Causality): Problem | undefined {
  const { slot, replicas } = judgement
  const own = new Map(replicas.map((replica) => [replica.device, replica]))
  const { space } = replicas[0]!.copy
  const found = (entry: Entry, what: string): Problem => ({
    oracle: 'no forgery',
    detail: `space ${slot}: ${place(entry)} ${what}`,
  })
  for (const entry of entriesOf(space)) {
    const author = own.get(entry.device)?.copy.space.entryAt(entry.device, entry.seq)
    if (own.has(entry.device) && author?.id !== entry.id && !judgement.forked.has(entry.device)) {
      return found(entry, 'is not what its author wrote')
    }
    const opened = space.openContent(entry)
    if (opened.kind !== 'content') continue
    const roles = rolesAt(entry, causality, judgement)
    if (roles.length === 0) return found(entry, 'counts, its author was not in')
    if (!roles.some((role) => mayWrite(role, opened.content.type)))
      return found(entry, 'by a reader')
  }
  return undefined
}

/** What the author may have been where the entry was written: nothing when not let in there, or put out since. */
function rolesAt(entry: Entry, causality: Causality, { hostile, planted }: Judgement): Role[] {
  const claims = planted === 'forger' ? causality.claims.slice(0, 1) : causality.claims
  const seen = (standing: { readonly by: Entry }): boolean => hasSeen(causality, entry, standing.by)
  const persons = claims
    .filter((claim) => claim.device === entry.device && seen(claim))
    .map(({ person }) => person)
  const ofAuthor = causality.standings.filter((it) => persons.includes(it.person) && seen(it))
  // What hostile devices say of others may well count for nothing.
  const exits = ofAuthor.filter(({ kind, by }) => kind === 'out' && !hostile.has(by.device))
  // Ownership goes before a removal that had not seen it.
  const isOwner = ofAuthor.some((it) => it.kind === 'role' && it.role === 'owner')
  const isIn = ofAuthor.some(
    (it) =>
      it.kind === 'in' && (isOwner || exits.every((exit) => hasSeen(causality, it.by, exit.by))),
  )
  return isIn ? ofAuthor.flatMap(({ role }) => role ?? []) : []
}

function mayWrite(role: Role, type: string): boolean {
  if (role === 'relay') return false
  return role !== 'reader' || type === 'space.profile' || type.endsWith('.read')
}

function countConcurrent(entries: readonly Entry[], causality: Causality): number {
  const content = entries.filter(({ epoch }) => epoch !== undefined).slice(0, PAIRED_ENTRIES_MAX)
  let concurrent = 0
  for (const [i, a] of content.entries()) {
    for (const b of content.slice(i + 1)) {
      if (a.device === b.device) continue
      if (!hasSeen(causality, a, b) && !hasSeen(causality, b, a)) concurrent++
    }
  }
  return concurrent
}

function countRemovals(
  entries: readonly Entry[],
  causality: Causality,
): Pick<Authorship, 'removalsBesideWrites' | 'removalsOfEachOther'> {
  const exits = causality.standings.filter(({ kind }) => kind === 'out')
  const devicesOf = (person: string): Set<string> =>
    new Set(causality.claims.filter((it) => it.person === person).map(({ device }) => device))
  const isBeside = ({ person, by }: Standing): boolean => {
    const devices = devicesOf(person)
    return entries.some(
      (entry) =>
        devices.has(entry.device) &&
        !hasSeen(causality, by, entry) &&
        !hasSeen(causality, entry, by),
    )
  }
  const isMutual = (a: Standing): boolean =>
    causality.removals.some(
      (b) =>
        devicesOf(a.person).has(b.by.device) &&
        devicesOf(b.person).has(a.by.device) &&
        !hasSeen(causality, a.by, b.by) &&
        !hasSeen(causality, b.by, a.by),
    )
  return {
    removalsBesideWrites: exits.filter(isBeside).length,
    removalsOfEachOther: causality.removals.filter(isMutual).length,
  }
}

function place(entry: Entry): string {
  return `entry ${entry.id.slice(0, 8)} at ${entry.device.slice(0, 4)}:${entry.seq}`
}
