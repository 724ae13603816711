/**
 * What becomes of a group whose owner hands it over, and of one whose owner is gone: with two admins nobody can take
 * over, with three they can, and a former owner who turns up later finds it done.
 *
 * Seven people in two places. Handing over counts at once on the device that does it; the other place goes on under the
 * former owner until it hears.
 */

import { range } from './script.ts'
import { Study } from './study.ts'
import type { StudyStep } from './study.ts'

const MEMBERS = 7
const FOUNDER = 0
const NEXT = 1
const ADMINS = [2, 3]
const LATE_ADMIN = 4
/** In the other place when the space is handed over. */
const APART = [5, 6]
const MINUTE_MS = 60_000
const LATE_MESSAGES = 3

export async function studyOwnership(seed: number): Promise<readonly StudyStep[]> {
  const study = new OwnershipStudy(seed)
  await study.setUp()
  await study.handOver()
  await study.ownerIsGone()
  await study.formerOwnerTurnsUp()
  return study.steps
}

class OwnershipStudy extends Study {
  constructor(seed: number) {
    super(seed, { members: MEMBERS })
  }

  async setUp(): Promise<void> {
    await this.system.setUp()
    for (const admin of ADMINS)
      await this.awaited(this.space(FOUNDER).setRole(this.person(admin), 'admin'))
    await this.pass(MINUTE_MS)
  }

  async handOver(): Promise<void> {
    this.split([FOUNDER, NEXT, ...ADMINS, LATE_ADMIN], APART)
    await this.pass(MINUTE_MS)
    const ms = await this.timed(() => this.space(FOUNDER).transferOwnership(this.person(NEXT)))
    this.tell({ what: 'The owner hands the space over, two of seven being elsewhere', ms })
    await this.timedUntil('The new owner knows it', () => this.space(NEXT).ownRole === 'owner')
    const again = await this.refusal(() =>
      this.space(FOUNDER).setRole(this.person(LATE_ADMIN), 'admin'),
    )
    this.tell({ what: 'The former owner tries to make an admin', ...again })
    await this.write(APART[0]!, 'elsewhere')
    this.split(range(0, MEMBERS))
    await this.timedUntil('Everybody meets, and agrees on who owns the space', () =>
      this.agree(range(0, MEMBERS)),
    )
    await this.pass(MINUTE_MS)
    this.tell({
      what: 'Messages written elsewhere meanwhile that the new owner reads',
      count: await this.countTexts(NEXT, 'elsewhere'),
    })
  }

  /** With the former owner, there are three admins; without that one, two. */
  async ownerIsGone(): Promise<void> {
    await this.awaited(this.space(NEXT).setRole(this.person(FOUNDER), 'writer'))
    await this.pass(MINUTE_MS)
    this.split([NEXT], [FOUNDER, ...ADMINS, LATE_ADMIN, ...APART])
    await this.pass(MINUTE_MS)
    this.tell({
      what: 'The owner is gone, and there are two admins: votes that would replace the owner',
      ...this.#needed(ADMINS[0]!),
    })
    this.split(range(0, MEMBERS))
    await this.pass(MINUTE_MS)
    await this.awaited(this.space(NEXT).setRole(this.person(LATE_ADMIN), 'admin'))
    await this.pass(MINUTE_MS)
    this.split([NEXT], [FOUNDER, ...ADMINS, LATE_ADMIN, ...APART])
    await this.pass(MINUTE_MS)
    this.tell({
      what: 'The owner is gone, and there are three: votes that would replace the owner',
      ...this.#needed(ADMINS[0]!),
    })
    const ms = await this.timed(() => this.#replace())
    this.tell({ what: 'The three make one of them the owner', ms })
    await this.timedUntil('Everybody who is there agrees on it', () =>
      this.agree([FOUNDER, ...ADMINS, LATE_ADMIN, ...APART]),
    )
  }

  async formerOwnerTurnsUp(): Promise<void> {
    for (let i = 0; i < LATE_MESSAGES; i++) await this.write(NEXT, `from the lost owner ${i}`)
    await this.awaited(this.space(NEXT).remove(this.person(ADMINS[1]!)))
    this.tell({
      what: 'The lost owner, unaware, removes one of those who voted',
      code: 'done, on that device',
    })
    this.split(range(0, MEMBERS))
    await this.timedUntil('The lost owner turns up: everybody agrees', () =>
      this.agree(range(0, MEMBERS)),
    )
    this.tell({ what: 'What the lost owner is then', code: this.space(NEXT).ownRole ?? 'out' })
    this.tell({
      what: 'What the one removed without the right is then',
      code: this.space(ADMINS[1]!).ownRole ?? 'out',
    })
    await this.pass(MINUTE_MS)
    this.tell({
      what: 'Messages of the lost owner’s that everybody reads',
      count: await this.countTexts(APART[1]!, 'from the lost owner'),
    })
    const owners = this.space(FOUNDER)
      .members()
      .filter(({ role }) => role === 'owner')
    this.tell({ what: 'Owners in the end', count: owners.length })
  }

  #needed(member: number): { readonly count: number } | { readonly code: string } {
    const { needed } = this.space(member).countOwnerVotes(this.person(member), [])
    return needed === undefined ? { code: 'no number is enough' } : { count: needed }
  }

  /** Votes travel as content; who has enough of them writes the transfer. */
  async #replace(): Promise<void> {
    const candidate = this.person(ADMINS[0]!)
    const votes = [...ADMINS, LATE_ADMIN].map((admin) => {
      const signature = this.space(admin).signOwnerVote(candidate)
      return { person: this.person(admin), signature }
    })
    await this.space(ADMINS[0]!).replaceOwner(candidate, votes)
  }
}
