/**
 * Who is in the space and who is not: founds it on the first host, brings the others in and, when they have been
 * removed or have left, in again. Links let in at once or on approval and are made by whoever may, while the faults
 * are going on. Each step is repeated until it is done.
 *
 * What a host is, is what it says of itself; the judge holds that against what all say at the end.
 */

import type { Role } from './history.ts'
import type { Host } from './host.ts'
import type { Recorder } from './recorder.ts'
import type { SeededRandom } from './seeded-random.ts'
import { sleep } from './workload.ts'

const POLL_MS = 700
const LATEST_MS = 25_000
const FOUND_MS_MAX = 60_000
/** Whoever made a link may be out by now, or lost for long: then another one is asked for. */
const LINK_MS_MAX = 30_000
/** How long somebody stays out before they ask to come back. */
const AWAY_MS_MAX = 20_000

export interface ResidentsOptions {
  /** Each of a person of their own; a further device comes by `add`. */
  readonly hosts: readonly Host[]
  readonly recorder: Recorder
  readonly random: SeededRandom
  readonly log: (line: string) => void
}

/** What a host says it is; `undefined` before it ever was in. */
export interface Standing {
  readonly isIn: boolean
  readonly role: Role
  readonly by: string | undefined
}

interface SpaceLine {
  readonly id: string
  readonly standing: 'member' | 'removed' | 'left'
  readonly role: Role
  readonly departure?: { readonly by?: string }
}

interface Join {
  readonly space: string
  readonly state: string
}

export class Residents {
  readonly #options: ResidentsOptions
  readonly #standings = new Map<Host, Standing>()
  readonly #joining = new Set<Host>()
  #space: string | undefined
  #isReturning = true
  #isStopped = false
  #loops: Promise<void>[] = []
  /** How often somebody came in again. */
  returns = 0

  constructor(options: ResidentsOptions) {
    this.#options = options
  }

  get space(): string {
    return this.#space!
  }

  standing(host: Host): Standing | undefined {
    return this.#standings.get(host)
  }

  isIn(host: Host): boolean {
    return this.#standings.get(host)?.isIn === true
  }

  /** Hosts of people who were never in, and those that are on their way in. */
  get missing(): readonly string[] {
    const { hosts } = this.#options
    return hosts
      .filter((host) => !this.#standings.has(host) || this.#joining.has(host))
      .map(({ name }) => name)
  }

  async found(): Promise<void> {
    const founder = this.#options.hosts[0]!
    const input = { name: 'Home' }
    await founder.request('PUT', '/name', { name: founder.name }, FOUND_MS_MAX)
    const { outcome, body, code } = await founder.request('POST', '/spaces', input, FOUND_MS_MAX)
    // Without a space there is nothing to do, and no fault has come yet that could excuse it.
    if (outcome !== 'ok') throw new Error(`${founder.name} could not found a space: ${code}`)
    this.#space = (body as { id: string }).id
    this.#standings.set(founder, { isIn: true, role: 'owner', by: undefined })
  }

  /** Lets everybody else in, in the course of `withinMs`. */
  start(withinMs: number): void {
    const { hosts, random } = this.#options
    this.#loops = hosts.map(async (host, index) => {
      const chance = random.fork(`join of ${host.name}`)
      if (index > 0) await sleep(chance.next() * Math.min(withinMs, LATEST_MS))
      await this.#live(host, chance)
    })
    this.#loops.push(this.#approve())
  }

  /** A further device of somebody's, from now on. */
  add(host: Host): void {
    this.#loops.push(this.#live(host, undefined))
  }

  /** From now on nobody who is out asks to come back; who has asked goes on. */
  endReturns(): void {
    this.#isReturning = false
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#loops)
  }

  /** Asks the host what it is, and comes in when it is not; a further device is brought in by its person's others. */
  async #live(host: Host, random: SeededRandom | undefined): Promise<void> {
    while (!this.#isStopped) {
      await sleep(POLL_MS)
      const standing = await this.#look(host)
      if (standing === 'unknown' || random === undefined) continue
      if (standing?.isIn === true) continue
      if (standing !== undefined && !this.#isReturning) continue
      if (standing !== undefined && !(await this.#stayAway(random.next() * AWAY_MS_MAX))) continue
      await this.#join(host, random, standing !== undefined)
    }
  }

  /** Whether one may come back then. */
  async #stayAway(forMs: number): Promise<boolean> {
    const untilMs = performance.now() + forMs
    while (this.#isReturning && performance.now() < untilMs) await sleep(POLL_MS)
    return this.#isReturning
  }

  async #look(host: Host): Promise<Standing | 'unknown' | undefined> {
    const { recorder, log } = this.#options
    const { outcome, body } = await recorder.other(host, 'spaces', 'GET', '/spaces')
    if (outcome !== 'ok') return 'unknown'
    const line = (body as SpaceLine[]).find(({ id }) => id === this.space)
    if (line === undefined) return undefined
    const standing = { isIn: line.standing === 'member', role: line.role, by: line.departure?.by }
    const before = this.#standings.get(host)
    this.#standings.set(host, standing)
    if (before?.isIn !== standing.isIn) log(`${host.name} is ${line.standing}, ${line.role}`)
    if (standing.isIn) await recorder.members(host, this.space)
    return standing
  }

  async #join(host: Host, random: SeededRandom, isReturn: boolean): Promise<void> {
    this.#joining.add(host)
    const role = random.chance(0.3) ? 'admin' : 'writer'
    const mode = random.chance(0.5) ? 'auto' : 'approve'
    let link: string | undefined
    let sinceMs = 0
    while (!this.#isStopped) {
      const standing = await this.#look(host)
      if (standing !== 'unknown' && standing?.isIn === true) break
      if (link === undefined) {
        link = await this.#invite(random, role, mode)
        sinceMs = performance.now()
      }
      if (link !== undefined && (await this.#advance(host, link, sinceMs)) === 'ask anew') {
        link = undefined
      }
      await sleep(POLL_MS)
    }
    this.#joining.delete(host)
    if (isReturn) this.returns += 1
  }

  /** A link of somebody who may make one; only the owner lets admins in. */
  async #invite(random: SeededRandom, role: Role, mode: 'auto' | 'approve') {
    const { recorder, log } = this.#options
    const able = [...this.#standings].filter(([, standing]) => mayInvite(standing, role))
    if (able.length === 0) return undefined
    const [inviter] = random.pick(able)
    const input = { role, mode, maxUses: random.integer(1, 3) }
    const link = await recorder.invite(inviter, this.space, input)
    if (link !== undefined) log(`${inviter.name} has made a link (${mode}, ${role})`)
    return link
  }

  async #advance(host: Host, link: string, sinceMs: number): Promise<'wait' | 'ask anew'> {
    const { recorder, log } = this.#options
    const joins = await recorder.other(host, 'joins', 'GET', '/joins')
    if (joins.outcome !== 'ok') return 'wait'
    const join = (joins.body as Join[]).find(({ space }) => space === this.space)
    if (join === undefined || join.state === 'joined') {
      const { outcome, code } = await recorder.join(host, link)
      if (outcome === 'fail' && code !== 'NOT_UP') log(`${host.name} join: ${code}`)
      return 'wait'
    }
    const hasEnded = join.state === 'failed' || join.state === 'declined'
    if (!hasEnded && performance.now() - sinceMs < LINK_MS_MAX) return 'wait'
    log(`join of ${host.name} has ended: ${JSON.stringify(join)}`)
    await recorder.other(host, 'forget join', 'DELETE', `/joins/${this.space}`)
    return 'ask anew'
  }

  async #approve(): Promise<void> {
    const { recorder } = this.#options
    const path = `/spaces/${this.space}/requests`
    while (!this.#isStopped) {
      await sleep(POLL_MS)
      for (const [host, { isIn, role }] of this.#standings) {
        if (!isIn || (role !== 'owner' && role !== 'admin')) continue
        const { outcome, body } = await recorder.other(host, 'requests', 'GET', path)
        if (outcome !== 'ok') continue
        for (const request of body as { id: string; state: string; canApprove: boolean }[]) {
          if (request.state !== 'waiting' || !request.canApprove) continue
          await recorder.other(host, 'approve', 'POST', `${path}/${request.id}/approve`, {})
        }
      }
    }
  }
}

function mayInvite({ isIn, role }: Standing, invited: Role): boolean {
  return isIn && (role === 'owner' || (role === 'admin' && invited !== 'admin'))
}
