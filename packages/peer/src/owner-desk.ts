/**
 * Votes of the admins for a new owner, when the owner is lost: given, counted and put into effect.
 *
 * A vote is content that carries a signature (`people-view.ts` of `space`). Nobody has to collect votes: as soon as an
 * admin's device sees enough of them it writes the transfer. The device that gave the last vote and the candidate's do
 * so at once, the others after `OTHERS_WAIT_MS`, so that mostly one transfer is written; several do no harm, because one
 * of them stands everywhere.
 */

import { errorCode } from '@hamlet/core'
import type { Cancel, PersonId } from '@hamlet/core'
import type { OwnerCandidate, OwnerVotes } from '@hamlet/http/api'
import { ownerVoteDraft, toPersonSignature } from '@hamlet/space'
import type { OwnerCount, OwnerVote } from '@hamlet/space'
import { UNKNOWN_NAME } from './message-mapper.ts'
import { toPersonId } from './people-desk.ts'
import type { PeerPorts } from './peer-ports.ts'
import type { SpaceRuntime } from './space-runtime.ts'

const OTHERS_WAIT_MS = 10_000

export class OwnerDesk {
  readonly #runtime: SpaceRuntime
  readonly #ports: PeerPorts
  #timer: Cancel | undefined
  #closed = false
  #work: Promise<void> = Promise.resolve()

  constructor(runtime: SpaceRuntime, ports: PeerPorts) {
    this.#runtime = runtime
    this.#ports = ports
  }

  async votes(): Promise<OwnerVotes> {
    const { space } = this.#runtime
    const names = await this.#runtime.peopleNames()
    const votes = await this.#runtime.ownerVotes()
    const named = (person: PersonId): { person: PersonId; name: string } => {
      return { person, name: names.get(person) ?? UNKNOWN_NAME }
    }
    const candidates = [...new Set(votes.map(({ candidate }) => candidate))].map((person) => ({
      ...named(person),
      votes: this.#count(person, votes).valid.map((vote) => named(vote.person)),
    }))
    const own = this.#ownVote(votes)
    const admins = space.members().filter(({ role }) => role === 'admin').length
    const { needed } = this.#count(space.identity.person, [])
    return {
      ...(needed === undefined ? {} : { needed }),
      ...{ admins, canVote: space.ownRole === 'admin' },
      ...(own === undefined ? {} : { own }),
      candidates: candidates.filter(hasVotes).sort(byVotes),
    }
  }

  async vote(text: string): Promise<OwnerVotes> {
    const person = toPersonId(text)
    const { space } = this.#runtime
    const signature = space.signOwnerVote(person)
    await this.#runtime.write(ownerVoteDraft(person, signature))
    await this.#complete(person)
    return await this.votes()
  }

  /** Votes or members changed: whether some candidate has enough now. */
  changed(): void {
    this.#work = this.#work.then(() => this.#look()).catch((error: unknown) => this.#report(error))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.()
    await this.#work
  }

  async #look(): Promise<void> {
    const { space } = this.#runtime
    const decided = this.#closed ? undefined : await this.#decided()
    if (decided === undefined) return
    if (decided === space.identity.person) return await this.#complete(decided)
    this.#timer ??= this.#ports.clock.after(OTHERS_WAIT_MS, () => {
      this.#timer = undefined
      this.#work = this.#work
        .then(() => this.#complete(decided))
        .catch((error: unknown) => this.#report(error))
    })
  }

  /** Who has enough votes, seen from an admin's device. */
  async #decided(): Promise<PersonId | undefined> {
    if (this.#runtime.space.ownRole !== 'admin') return undefined
    const votes = await this.#runtime.ownerVotes()
    const candidates = new Set(votes.map(({ candidate }) => candidate))
    return [...candidates].find((candidate) => this.#count(candidate, votes).isEnough)
  }

  async #complete(candidate: PersonId): Promise<void> {
    if (this.#closed || this.#runtime.space.ownRole !== 'admin') return
    const { valid, isEnough } = this.#count(candidate, await this.#runtime.ownerVotes())
    if (isEnough) await this.#runtime.space.replaceOwner(candidate, valid)
  }

  #count(candidate: PersonId, votes: readonly OwnerVote[]): OwnerCount {
    const given = votes.filter((vote) => vote.candidate === candidate).map(toPersonSignature)
    return this.#runtime.space.countOwnerVotes(candidate, given)
  }

  /** For whom this person has voted, while the vote counts. */
  #ownVote(votes: readonly OwnerVote[]): PersonId | undefined {
    const { person } = this.#runtime.space.identity
    const own = votes.find(({ voter }) => voter === person)
    if (own === undefined) return undefined
    const { valid } = this.#count(own.candidate, votes)
    return valid.some((vote) => vote.person === person) ? own.candidate : undefined
  }

  #report(error: unknown): void {
    const { id } = this.#runtime.space
    this.#ports.logger.warn('an owner could not be replaced', { space: id, code: errorCode(error) })
  }
}

function hasVotes({ votes }: OwnerCandidate): boolean {
  return votes.length > 0
}

function byVotes(a: OwnerCandidate, b: OwnerCandidate): number {
  return b.votes.length - a.votes.length || (a.person < b.person ? -1 : 1)
}
