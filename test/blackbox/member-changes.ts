/**
 * Changes of who belongs to the space, one after the other, at random times and on whatever host may make them as it
 * believes: removals, other roles, leaving, handing over, and a second device that is linked and later revoked.
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

export class MemberChanges {
  readonly #options: MemberChangesOptions
  #isStopped = false
  #loop: Promise<void> | undefined

  constructor(options: MemberChangesOptions) {
    this.#options = options
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
      if (!this.#isStopped) await this.#change()
    }
  }

  async #change(): Promise<void> {
    const { hosts, residents, recorder, random } = this.#options
    const able = hosts.filter((host) => residents.isIn(host) && host.isUp)
    if (able.length === 0) return
    const host = random.pick(able)
    const members = (await recorder.members(host, residents.space)) as Member[] | undefined
    if (members === undefined) return
    const role = residents.standing(host)!.role
    const weights =
      role === 'owner'
        ? { remove: 5, role: 5, 'hand over': 2, leave: 0 }
        : role === 'admin'
          ? { remove: 6, role: 3, 'hand over': 0, leave: 1 }
          : { remove: 0, role: 0, 'hand over': 0, leave: 1 }
    const act = random.weighted(weights)
    if (act === 'leave') await this.#leave(host, members)
    else if (act === 'remove') await this.#remove(host, members)
    else if (act === 'role') await this.#setRole(host, members)
    else await this.#handOver(host, members)
  }

  async #remove(host: Host, members: readonly Member[]): Promise<void> {
    const { recorder, random } = this.#options
    const able = members.filter(({ canRemove }) => canRemove === true)
    if (able.length === 0) return
    const { person, name } = random.pick(able)
    this.#options.log(`${host.name} removes ${name}`)
    await recorder.change(
      host,
      { act: 'remove', person },
      'DELETE',
      this.#path(`/members/${person}`),
    )
  }

  async #setRole(host: Host, members: readonly Member[]): Promise<void> {
    const { recorder, random } = this.#options
    const able = members.filter(({ canBecome }) => this.#choices(canBecome).length > 0)
    if (able.length === 0) return
    const { person, name, canBecome } = random.pick(able)
    const role = random.pick(this.#choices(canBecome))
    this.#options.log(`${host.name} makes ${name} ${role}`)
    const path = this.#path(`/members/${person}/role`)
    await recorder.change(host, { act: 'role', person, role }, 'PUT', path, { role })
  }

  /** Who only stores reads nothing, and the judge could not ask them. */
  #choices(roles: readonly Role[] | undefined): readonly Role[] {
    return (roles ?? []).filter((role) => ['admin', 'writer', 'reader'].includes(role))
  }

  async #handOver(host: Host, members: readonly Member[]): Promise<void> {
    const { recorder, random } = this.#options
    const others = members.filter(({ self }) => self !== true)
    if (others.length === 0) return
    const { person, name } = random.pick(others)
    this.#options.log(`${host.name} hands the space over to ${name}`)
    const path = this.#path('/owner')
    await recorder.change(host, { act: 'hand over', person }, 'PUT', path, { person })
  }

  async #leave(host: Host, members: readonly Member[]): Promise<void> {
    const self = members.find((member) => member.self === true)
    if (self === undefined) return
    this.#options.log(`${host.name} leaves`)
    const path = this.#path('/leave')
    await this.#options.recorder.change(host, { act: 'leave', person: self.person }, 'POST', path)
  }

  #path(rest: string): string {
    return `/spaces/${this.#options.residents.space}${rest}`
  }
}
