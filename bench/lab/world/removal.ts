/**
 * What an admin who turns hostile can do with the right to remove people, and what the owner can undo.
 *
 * Only Hamlet: the baseline has no members that could be removed. Six people; the admin removes three of them while
 * the group is split, one of the three on the side that does not hear of it; then the owner takes the space back.
 */

import { range } from './script.ts'
import { Study } from './study.ts'
import type { StudyStep } from './study.ts'

const MEMBERS = 6
const OWNER = 0
const ADMIN = 1
/** Beside the owner when the admin removes them, and so without news of it. */
const UNAWARE = 2
const AWARE = [3, 4]
const BYSTANDER = 5
const MINUTE_MS = 60_000
const UNAWARE_MESSAGES = 10
const ADMIN_MESSAGES = 5

export async function studyRemoval(seed: number): Promise<readonly StudyStep[]> {
  const study = new RemovalStudy(seed)
  await study.setUp()
  await study.adminRemovesPeople()
  await study.everybodyMeets()
  await study.ownerTakesBack()
  await study.removedComeBack()
  return study.steps
}

class RemovalStudy extends Study {
  #link = ''

  constructor(seed: number) {
    super(seed, { members: MEMBERS, admin: ADMIN })
  }

  async setUp(): Promise<void> {
    await this.system.setUp()
    for (const member of range(0, MEMBERS)) await this.write(member, `hello from ${member}`)
    await this.system.pass(MINUTE_MS)
  }

  async adminRemovesPeople(): Promise<void> {
    this.split([OWNER, UNAWARE], [ADMIN, ...AWARE, BYSTANDER])
    await this.system.pass(MINUTE_MS)
    const code = await this.refusal(() => this.space(ADMIN).remove(this.person(OWNER)))
    this.tell({ what: 'The admin tries to remove the owner', ...code })
    const ms = await this.timed(async () => {
      for (const member of [UNAWARE, ...AWARE]) await this.space(ADMIN).remove(this.person(member))
    })
    this.tell({ what: 'The admin removes three writers, on a side without the owner', ms })
    await this.timedUntil('The two removed people on that side know it', () =>
      AWARE.every((member) => this.space(member).ownRole === undefined),
    )
    const refused = await this.refusal(() => this.append(AWARE[0]!, 'am I out?'))
    this.tell({ what: 'One of them tries to write', ...refused })
    for (let i = 0; i < UNAWARE_MESSAGES; i++) await this.write(UNAWARE, `unaware ${i}`)
    await this.system.pass(MINUTE_MS)
    const seen = await this.countTexts(OWNER, 'unaware')
    this.tell({
      what: 'The third writes on beside the owner, who reads so many messages',
      count: seen,
    })
  }

  async everybodyMeets(): Promise<void> {
    this.split(range(0, MEMBERS))
    await this.timedUntil('Everybody meets: who is left agrees on who is a member', () =>
      this.agree([OWNER, ADMIN, BYSTANDER]),
    )
    await this.system.pass(MINUTE_MS)
    const aside = this.space(OWNER).setAside().length
    this.tell({
      what: 'Messages beyond the cut, set aside for the owner to see',
      count: aside,
    })
  }

  async ownerTakesBack(): Promise<void> {
    this.split([ADMIN], [OWNER, UNAWARE, ...AWARE, BYSTANDER])
    await this.system.pass(MINUTE_MS)
    const ms = await this.timed(() => this.space(OWNER).remove(this.person(ADMIN)))
    this.tell({ what: 'The owner removes the admin, who is offline', ms })
    for (let i = 0; i < ADMIN_MESSAGES; i++) await this.write(ADMIN, `from the admin ${i}`)
    this.split(range(0, MEMBERS))
    await this.timedUntil('The admin comes online and knows it', () => {
      return this.space(ADMIN).ownRole === undefined
    })
    await this.system.pass(MINUTE_MS)
    const count = await this.countTexts(BYSTANDER, 'from the admin')
    this.tell({ what: 'Messages the admin wrote since then that others see', count })
    const [newest] = this.space(OWNER).epochs()
    const { device } = this.system.nodes[ADMIN]!
    const sealed = newest!.recipients.has(device) ? 1 : 0
    this.tell({ what: 'Keys of the newest epoch sealed to the admin', count: sealed })
    const back = await this.timed(() => this.space(OWNER).remove(this.person(UNAWARE)))
    this.tell({ what: 'The owner sets the cut of the third person anew', ms: back })
    await this.system.pass(MINUTE_MS)
    this.tell({
      what: 'Their messages that everybody sees again',
      count: await this.countTexts(BYSTANDER, 'unaware'),
    })
  }

  async removedComeBack(): Promise<void> {
    this.#link = await this.system.openDoor()
    const removed = [UNAWARE, ...AWARE]
    await this.timedUntilAfter(
      'The three come back by a new link and agree with everybody',
      async () => {
        for (const member of removed) {
          await this.system.awaited(this.system.nodes[member]!.join(0, this.#link))
        }
        return () =>
          removed.every((member) => this.system.nodes[member]!.isMember(0)) &&
          this.agree([OWNER, BYSTANDER, ...removed])
      },
    )
    const members = this.space(OWNER).members().length
    this.tell({ what: 'Members in the end, without the admin', count: members })
    const texts = await Promise.all(
      [OWNER, BYSTANDER, ...removed].map((member) => this.system.textsAt(member)),
    )
    const [fewest, most] = [Math.min, Math.max].map((of) => of(...texts.map((each) => each.length)))
    this.tell({ what: 'Messages that each of them sees (all see the same)', count: fewest! })
    if (fewest !== most) throw new Error('members see different messages after the removal')
  }
}
