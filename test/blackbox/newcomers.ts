/**
 * Founds a space on the first host and brings the others in: by links that let in at once or on approval, made by
 * whoever is a member and may, while the faults are going on. Each step is repeated until it is done.
 */

import type { Host } from './host.ts'
import type { Recorder } from './recorder.ts'
import type { SeededRandom } from './seeded-random.ts'
import { sleep } from './workload.ts'

const POLL_MS = 700
const LATEST_MS = 25_000
const FOUND_MS_MAX = 60_000

export interface NewcomersOptions {
  readonly hosts: readonly Host[]
  readonly recorder: Recorder
  readonly random: SeededRandom
  readonly log: (line: string) => void
}

interface Join {
  readonly space: string
  readonly state: string
}

export class Newcomers {
  readonly #options: NewcomersOptions
  readonly #members = new Set<Host>()
  /** Owner and admins: they make links, approve and may delete what others wrote. */
  readonly #admins = new Set<Host>()
  #space: string | undefined
  #isStopped = false
  #loops: Promise<void>[] = []

  constructor(options: NewcomersOptions) {
    this.#options = options
  }

  get space(): string {
    return this.#space!
  }

  isMember(host: Host): boolean {
    return this.#members.has(host)
  }

  get missing(): readonly string[] {
    return this.#options.hosts.filter((host) => !this.#members.has(host)).map(({ name }) => name)
  }

  get admins(): readonly Host[] {
    return [...this.#admins]
  }

  async found(): Promise<void> {
    const founder = this.#options.hosts[0]!
    const input = { name: 'Home' }
    await founder.request('PUT', '/name', { name: founder.name }, FOUND_MS_MAX)
    const { outcome, body, code } = await founder.request('POST', '/spaces', input, FOUND_MS_MAX)
    // Without a space there is nothing to do, and no fault has come yet that could excuse it.
    if (outcome !== 'ok') throw new Error(`${founder.name} could not found a space: ${code}`)
    this.#space = (body as { id: string }).id
    this.#members.add(founder)
    this.#admins.add(founder)
  }

  /** Lets everybody else in, in the course of `withinMs`. */
  start(withinMs: number): void {
    const { hosts, random } = this.#options
    this.#loops = hosts.slice(1).map(async (host) => {
      const chance = random.fork(`join of ${host.name}`)
      await sleep(chance.next() * Math.min(withinMs, LATEST_MS))
      await this.#join(host, chance)
    })
    this.#loops.push(this.#approve())
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#loops)
  }

  async #join(host: Host, random: SeededRandom): Promise<void> {
    const role = random.chance(0.3) ? 'admin' : 'writer'
    const mode = random.chance(0.5) ? 'auto' : 'approve'
    let link: string | undefined
    while (!this.#isStopped && !this.#members.has(host)) {
      await sleep(POLL_MS)
      if (await this.#isIn(host)) {
        this.#members.add(host)
        if (role === 'admin') this.#admins.add(host)
        this.#options.log(`${host.name} has joined as ${role}`)
        return
      }
      link ??= await this.#invite(random, role, mode)
      if (link === undefined) continue
      if ((await this.#advance(host, link)) === 'ask anew') link = undefined
    }
  }

  async #isIn(host: Host): Promise<boolean> {
    const { outcome, body } = await this.#options.recorder.other(host, 'spaces', 'GET', '/spaces')
    return outcome === 'ok' && (body as { id: string }[]).some(({ id }) => id === this.space)
  }

  async #invite(random: SeededRandom, role: string, mode: string): Promise<string | undefined> {
    const inviter = random.pick([...this.#admins])
    const path = `/spaces/${this.space}/invites`
    const input = { role, mode, maxUses: random.integer(1, 3) }
    const reply = await this.#options.recorder.other(inviter, 'invite', 'POST', path, input)
    if (reply.outcome !== 'ok') return undefined
    this.#options.log(`${inviter.name} has made a link (${mode}, ${role})`)
    return (reply.body as { link: string }).link
  }

  async #advance(host: Host, link: string): Promise<'wait' | 'ask anew'> {
    const { recorder, log } = this.#options
    const joins = await recorder.other(host, 'joins', 'GET', '/joins')
    if (joins.outcome !== 'ok') return 'wait'
    const join = (joins.body as Join[]).find(({ space }) => space === this.space)
    if (join === undefined) {
      const reply = await recorder.other(host, 'join', 'POST', '/joins', { link, name: host.name })
      if (reply.outcome === 'fail' && reply.code !== 'NOT_UP')
        log(`${host.name} join: ${reply.code}`)
      return 'wait'
    }
    if (join.state !== 'failed' && join.state !== 'declined') return 'wait'
    log(`join of ${host.name} has ended: ${JSON.stringify(join)}`)
    await recorder.other(host, 'forget join', 'DELETE', `/joins/${this.space}`)
    return 'ask anew'
  }

  async #approve(): Promise<void> {
    const { recorder } = this.#options
    while (!this.#isStopped) {
      await sleep(POLL_MS)
      for (const admin of this.#admins) {
        const path = `/spaces/${this.space}/requests`
        const { outcome, body } = await recorder.other(admin, 'requests', 'GET', path)
        if (outcome !== 'ok') continue
        for (const { id, state } of body as { id: string; state: string }[]) {
          if (state !== 'waiting') continue
          await recorder.other(admin, 'approve', 'POST', `${path}/${id}/approve`, {})
        }
      }
    }
  }
}
