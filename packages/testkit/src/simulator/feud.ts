/**
 * Two who put each other out, each in the right by what they know: one has been an admin, and has not heard that it is
 * the other now. Random acts hardly ever come to this.
 *
 * What the one who was admin says meanwhile lies beyond the cut of the other's removal; the other takes it over.
 */

import type { PersonId } from '@hamlet/core'
import type { Role, SetAside } from '@hamlet/space'
import { draftAct } from './chat-acts.ts'
import type { MemberWorld } from './member-acts.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimNode } from './sim-node.ts'

export interface FeudWorld extends MemberWorld {
  sleep(ms: number): Promise<void>
  /** What is sent to or by the device waits. */
  silence(node: SimNode, isSilent: boolean): void
}

const STEP_MS = 100
/** For one step of it, in a world where little arrives. */
const WAIT_MS_MAX = 5_000
const ADOPTED_MAX = 3

export class Feud {
  readonly #world: FeudWorld
  readonly #random: SeededRandom
  readonly #slot: number

  constructor(world: FeudWorld, random: SeededRandom, slot: number) {
    this.#world = world
    this.#random = random
    this.#slot = slot
  }

  /** `owner`: sets them against each other. Nothing happens where there are not two others to be had. */
  begin(owner: SimNode): void {
    const others = this.#world.nodes.filter((node) => {
      const isAnother = node.person !== owner.person && this.#world.isHonest(node)
      return isAnother && node.isReady && node.isMember(this.#slot)
    })
    const [first, second] = this.#random.shuffle(others)
    if (first === undefined || second === undefined || first.person === second.person) return
    this.#world.perform(owner, 'feud', async () => {
      await this.#setAdmin(owner, first, second)
      this.#world.silence(first, true)
      try {
        await this.#setAdmin(owner, second, first)
        await this.#removeEachOther(first, second)
      } finally {
        this.#world.silence(first, false)
      }
      await this.#takeOver(second)
    })
  }

  async #setAdmin(owner: SimNode, admin: SimNode, other: SimNode): Promise<void> {
    const space = owner.space(this.#slot)?.space
    if (space === undefined) return
    const isAdmin = ({ person }: SimNode, at: SimNode): boolean =>
      this.#role(at, person) === 'admin'
    if (isAdmin(other, owner)) await space.setRole(other.person, 'writer')
    if (!isAdmin(admin, owner)) await space.setRole(admin.person, 'admin')
    await this.#until(() => isAdmin(admin, admin) && !isAdmin(other, admin))
  }

  /** Until both are done, or one of them does not come to it. */
  async #removeEachOther(first: SimNode, second: SimNode): Promise<void> {
    let underWay = 2
    const over = (): void => void underWay--
    this.#perform(
      first,
      'send',
      () => this.#say(first),
      () => {
        this.#perform(first, 'remove', () => this.#remove(first, second), over)
      },
    )
    this.#perform(second, 'remove', () => this.#remove(second, first), over)
    await this.#until(() => underWay === 0)
  }

  async #say(node: SimNode): Promise<void> {
    const space = node.space(this.#slot)
    const draft = space && (await draftAct(this.#random, space, 'send'))
    if (draft !== undefined) await space!.write(draft)
  }

  async #remove(node: SimNode, target: SimNode): Promise<void> {
    await node.space(this.#slot)?.space.remove(target.person)
    this.#world.reached.count('member removed')
  }

  async #takeOver(node: SimNode): Promise<void> {
    const isIn = (): boolean => node.isReady && node.isMember(this.#slot)
    const setAside = (): SetAside[] => (isIn() ? node.space(this.#slot)!.space.setAside() : [])
    await this.#until(() => setAside().length > 0)
    const ids = setAside().flatMap(({ id, content }) => (content === undefined ? [] : [id]))
    if (ids.length === 0) return
    const adopt = async (): Promise<void> => {
      await node.space(this.#slot)!.space.adopt(ids.slice(0, ADOPTED_MAX))
      this.#world.reached.count('entries set aside and adopted')
    }
    this.#world.perform(node, 'adopt', adopt)
  }

  #role(at: SimNode, person: PersonId): Role | undefined {
    return at.space(this.#slot)?.space.role(person)
  }

  #perform(node: SimNode, name: string, run: () => Promise<void>, over: () => void): void {
    this.#world.perform(node, name, () => run().finally(over))
  }

  async #until(isSo: () => boolean): Promise<void> {
    for (let waitedMs = 0; !isSo() && waitedMs < WAIT_MS_MAX; waitedMs += STEP_MS) {
      await this.#world.sleep(STEP_MS)
    }
  }
}
