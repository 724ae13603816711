/**
 * Changes of who belongs to the space, one after the other, at random times and on whatever host may make them as it
 * believes: removals, other roles, leaving, handing over, votes for a new owner, and adopting what was set aside.
 *
 * In a *council* most people are made admins, so that there are enough of them to replace the owner; then all who are
 * there mostly vote for the same one.
 */

import type { Role } from './history.ts'
import type { Host } from './host.ts'
import type { ApiMember, Recorder } from './recorder.ts'
import type { Residents } from './residents.ts'
import type { SeededRandom } from './seeded-random.ts'
import { sleep } from './workload.ts'

export interface MemberChangesOptions {
  readonly hosts: readonly Host[]
  readonly residents: Residents
  readonly recorder: Recorder
  readonly random: SeededRandom
  /** Mean time between two changes. */
  readonly pauseMs: number
  readonly log: (line: string) => void
}

type Member = ApiMember & {
  readonly self?: boolean
  readonly canRemove?: boolean
  readonly canBecome?: readonly Role[]
}

interface Aside {
  readonly id: string
  readonly kind: string
  readonly text: string
  readonly canAdopt: boolean
}

const WEIGHTS = {
  owner: { remove: 5, role: 5, 'hand over': 2, vote: 0, adopt: 2, leave: 0 },
  admin: { remove: 6, role: 3, 'hand over': 0, vote: 2, adopt: 2, leave: 1 },
  others: { remove: 0, role: 0, 'hand over': 0, vote: 0, adopt: 2, leave: 1 },
}
const COUNCIL_WEIGHTS: typeof WEIGHTS = {
  owner: { ...WEIGHTS.owner, remove: 2, role: 12, 'hand over': 1 },
  admin: { ...WEIGHTS.admin, remove: 1, role: 1, vote: 8 },
  others: { ...WEIGHTS.others },
}
const COUNCIL_HOSTS_MIN = 4
const COUNCIL_CHANCE = 0.6
const ADOPTED_MAX = 4
const TRIES_MAX = 4

export class MemberChanges {
  readonly #options: MemberChangesOptions
  readonly #isCouncil: boolean
  #isStopped = false
  #loop: Promise<void> | undefined

  constructor(options: MemberChangesOptions) {
    this.#options = options
    const isLarge = options.hosts.length >= COUNCIL_HOSTS_MIN
    this.#isCouncil = isLarge && options.random.fork('council').chance(COUNCIL_CHANCE)
  }

  start(): void {
    this.#loop = this.#run()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#loop
  }

  async #run(): Promise<void> {
    const { random, pauseMs } = this.#options
    while (!this.#isStopped) {
      // In short steps, so that stopping does not wait.
      const untilMs = performance.now() + random.exponential(pauseMs)
      while (!this.#isStopped && performance.now() < untilMs) await sleep(100)
      for (let tries = 0; tries < TRIES_MAX && !this.#isStopped; tries++) {
        if (await this.#change()) break
      }
    }
  }

  /** Whether there was something to change on the host that was drawn, for the act that was. */
  async #change(): Promise<boolean> {
    const { hosts, residents, recorder, random } = this.#options
    const able = hosts.filter((host) => residents.isIn(host) && host.isUp)
    if (able.length === 0) return false
    const host = random.pick(able)
    const members = (await recorder.members(host, residents.space)) as Member[] | undefined
    if (members === undefined) return false
    const role = residents.standing(host)!.role
    const weights = this.#isCouncil ? COUNCIL_WEIGHTS : WEIGHTS
    const act = random.weighted(
      role === 'owner' || role === 'admin' ? weights[role] : weights.others,
    )
    switch (act) {
      case 'leave':
        return await this.#leave(host, members)
      case 'remove':
        return await this.#remove(host, members)
      case 'role':
        return await this.#setRole(host, members)
      case 'vote':
        return await this.#vote(host, members)
      case 'adopt':
        return await this.#adopt(host)
      case 'hand over':
        return await this.#handOver(host, members)
    }
  }

  async #remove(host: Host, members: readonly Member[]): Promise<boolean> {
    const { recorder, random } = this.#options
    const able = members.filter(({ canRemove }) => canRemove === true)
    if (able.length === 0) return false
    const { person, name } = random.pick(able)
    this.#options.log(`${host.name} removes ${name}`)
    await recorder.change(
      host,
      { act: 'remove', person },
      'DELETE',
      this.#path(`/members/${person}`),
    )
    return true
  }

  async #setRole(host: Host, members: readonly Member[]): Promise<boolean> {
    const { recorder, random } = this.#options
    const able = members.filter(({ canBecome }) => this.#choices(canBecome).length > 0)
    if (able.length === 0) return false
    const raisable = able.filter(({ canBecome }) => canBecome?.includes('admin') === true)
    const isRaised = this.#isCouncil && raisable.length > 0 && random.chance(0.9)
    const { person, name, canBecome } = random.pick(isRaised ? raisable : able)
    const choices = this.#choices(canBecome)
    const role = isRaised ? 'admin' : random.pick(choices)
    this.#options.log(`${host.name} makes ${name} ${role}`)
    const path = this.#path(`/members/${person}/role`)
    await recorder.change(host, { act: 'role', person, role }, 'PUT', path, { role })
    return true
  }

  /** Who only stores reads nothing, and the judge could not ask them. */
  #choices(roles: readonly Role[] | undefined): readonly Role[] {
    return (roles ?? []).filter((role) => ['admin', 'writer', 'reader'].includes(role))
  }

  async #handOver(host: Host, members: readonly Member[]): Promise<boolean> {
    const { recorder, random } = this.#options
    const others = members.filter(({ self }) => self !== true)
    if (others.length === 0) return false
    const { person, name } = random.pick(others)
    this.#options.log(`${host.name} hands the space over to ${name}`)
    const path = this.#path('/owner')
    await recorder.change(host, { act: 'hand over', person }, 'PUT', path, { person })
    return true
  }

  /** By this admin alone, or by all who believe that they are one. */
  async #vote(host: Host, members: readonly Member[]): Promise<boolean> {
    const { hosts, residents, recorder, random, log } = this.#options
    const able = members.filter(({ role }) => role === 'admin')
    if (able.length === 0) return false
    const { person, name } = random.pick(able)
    const others = hosts.filter((each) => each !== host && residents.isIn(each))
    const admins = others.filter((each) => residents.standing(each)!.role === 'admin')
    const voters = random.chance(0.2) ? [host] : [host, ...random.shuffled(admins)]
    log(`${voters.map((each) => each.name).join(', ')} would have ${name} own the space`)
    const path = this.#path('/owner-votes')
    for (const voter of voters) {
      await recorder.change(voter, { act: 'vote', person }, 'PUT', path, { person })
    }
    return true
  }

  /** Some messages that were set aside. */
  async #adopt(host: Host): Promise<boolean> {
    const { residents, recorder, random, log } = this.#options
    const listed = await recorder.other(host, 'set aside', 'GET', this.#path('/set-aside'))
    if (listed.outcome !== 'ok') return false
    const able = (listed.body as readonly Aside[]).filter(({ kind, canAdopt }) => {
      return canAdopt && kind === 'message'
    })
    if (able.length === 0) return false
    const entries = random.shuffled(able).slice(0, random.integer(1, ADOPTED_MAX))
    log(`${host.name} adopts ${entries.length} of ${able.length}`)
    await recorder.adopt(host, residents.space, entries)
    return true
  }

  async #leave(host: Host, members: readonly Member[]): Promise<boolean> {
    const self = members.find((member) => member.self === true)
    if (self === undefined) return false
    this.#options.log(`${host.name} leaves`)
    const path = this.#path('/leave')
    await this.#options.recorder.change(host, { act: 'leave', person: self.person }, 'POST', path)
    return true
  }

  #path(rest: string): string {
    return `/spaces/${this.#options.residents.space}${rest}`
  }
}
