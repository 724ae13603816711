/** What a person can do to who belongs to a space: each tells the peer, loads what changed and says what came of it. */

import type { ForgetPreview, HamletApi, InviteRole, Member, RemovalPreview } from '@hamlet/http/api'
import type { Texts } from '../i18n/en.ts'
import type { NoticeBoard } from './notice-board.ts'

export interface PeopleWorkParts {
  readonly api: HamletApi
  readonly notices: NoticeBoard
  readonly texts: () => Texts
  /** Runs an action; when it fails the person is told, and it gives `false`. */
  act(action: () => Promise<void>): Promise<boolean>
  /** A space is not on this device any more. */
  forgotten(): Promise<void>
  /** Loads everything about the people of a space again. */
  reload(space: string): Promise<void>
}

export class PeopleWork {
  readonly #parts: PeopleWorkParts

  constructor(parts: PeopleWorkParts) {
    this.#parts = parts
  }

  /** At once, with a way back. */
  async setRole(space: string, member: Member, role: InviteRole): Promise<void> {
    const former = member.role
    await this.#act(space, async () => {
      await this.#parts.api.setRole(space, member.person, role)
      const { members, roles } = this.#parts.texts()
      const undo = () => void this.setRole(space, { ...member, role }, former as InviteRole)
      const text = members.isNow(member.name, roles[role])
      this.#parts.notices.show({ tone: 'plain', text, ...(former === 'owner' ? {} : { undo }) })
    })
  }

  previewRemoval(space: string, person: string): Promise<RemovalPreview> {
    return this.#parts.api.previewRemoval(space, person)
  }

  remove(space: string, person: string): Promise<boolean> {
    return this.#act(space, async () => {
      const { name } = await this.#parts.api.removeMember(space, person)
      this.#say((texts) => texts.members.removed(name))
    })
  }

  /** On a device put back from a backup: does not wait for others to say that nothing is missing. */
  writeAnyway(space: string): Promise<boolean> {
    return this.#act(space, async () => {
      await this.#parts.api.writeAnyway(space)
    })
  }

  leave(space: string): Promise<boolean> {
    return this.#act(space, async () => {
      await this.#parts.api.leaveSpace(space)
    })
  }

  handOver(space: string, person: string): Promise<boolean> {
    return this.#act(space, async () => {
      const { name } = await this.#parts.api.transferOwnership(space, person)
      this.#say((texts) => texts.members.handedOver(name))
    })
  }

  vote(space: string, person: string): Promise<boolean> {
    return this.#act(space, async () => {
      await this.#parts.api.voteForOwner(space, person)
      this.#say((texts) => texts.members.voted)
    })
  }

  adopt(space: string, ids: readonly string[]): Promise<boolean> {
    return this.#act(space, async () => {
      await this.#parts.api.adopt(space, ids)
      this.#say((texts) => texts.aside.adoptedNow(ids.length))
    })
  }

  setPolicy(space: string, name: string, value: string): Promise<boolean> {
    return this.#act(space, async () => {
      await this.#parts.api.setPolicy(space, name, value)
    })
  }

  previewForget(space: string): Promise<ForgetPreview> {
    return this.#parts.api.previewForget(space)
  }

  forget(space: string): Promise<boolean> {
    return this.#parts.act(async () => {
      await this.#parts.api.forgetSpace(space)
      await this.#parts.forgotten()
    })
  }

  #act(space: string, action: () => Promise<void>): Promise<boolean> {
    return this.#parts.act(async () => {
      await action()
      await this.#parts.reload(space)
    })
  }

  #say(words: (texts: Texts) => string): void {
    this.#parts.notices.show({ tone: 'plain', text: words(this.#parts.texts()) })
  }
}
