/** Chat messages as faces see them: with names, delivery and what concerns the person looking. */

import type { ChatMessage, ChatMessageDetail } from '@hamlet/chat'
import type { DeviceId, PersonId } from '@hamlet/core'
import type { Message, MessageDetail } from '@hamlet/http/api'
import type { SyncEngine } from '@hamlet/space'
import type { NamesByPerson, SpaceRuntime } from './space-runtime.ts'

export const UNKNOWN_NAME = 'Someone'

export class MessageMapper {
  readonly #runtime: SpaceRuntime
  readonly #sync: SyncEngine
  readonly #names: NamesByPerson
  readonly #person: PersonId
  readonly #ownDevice: DeviceId

  private constructor(runtime: SpaceRuntime, sync: SyncEngine, names: NamesByPerson) {
    this.#runtime = runtime
    this.#sync = sync
    this.#names = names
    this.#person = runtime.space.identity.person
    this.#ownDevice = runtime.space.identity.device
  }

  static async create(runtime: SpaceRuntime, sync: SyncEngine): Promise<MessageMapper> {
    return new MessageMapper(runtime, sync, await runtime.peopleNames())
  }

  toMessage(message: ChatMessage): Message {
    const { replyTo, editedAtMs, author, readBy } = message
    return {
      id: message.id,
      room: message.room,
      author,
      authorName: this.#name(author),
      device: message.device,
      atMs: message.atMs,
      text: message.text,
      ...(replyTo === undefined
        ? {}
        : {
            replyTo: {
              id: replyTo.id,
              authorName: replyTo.author === undefined ? '' : this.#name(replyTo.author),
              text: replyTo.text,
            },
          }),
      ...(editedAtMs === undefined ? {} : { editedAtMs }),
      deleted: message.deleted !== undefined,
      ...(message.newer ? { newer: true } : {}),
      late: message.late,
      own: author === this.#person,
      mentionsMe: message.mentions.includes(this.#person),
      mentions: message.mentions,
      reactions: message.reactions,
      ...toFiles(message),
      delivery: {
        heldBy: this.#holders(message).size,
        devices: this.#runtime.space.memberDevices().length,
        readBy,
      },
    }
  }

  async toDetail(message: ChatMessageDetail): Promise<MessageDetail> {
    return {
      ...this.toMessage(message),
      versions: message.versions.map(({ text, atMs }) => ({ text, atMs })),
      holders: await this.#holderDetails(message),
      readers: message.readers.map(({ person, atMs }) => ({
        person,
        name: this.#name(person),
        atMs,
      })),
      entry: { seq: message.seq, epoch: message.epoch, hash: message.id },
    }
  }

  async #holderDetails(message: ChatMessage): Promise<MessageDetail['holders']> {
    const { space } = this.#runtime
    const holders = this.#holders(message)
    return await Promise.all(
      space.memberDevices().map(async (device) => {
        const person = space.deviceOwner(device) ?? ('' as PersonId)
        const deviceName = await this.#runtime.deviceName(device)
        const name = `${this.#name(person)}, ${deviceName}`
        return { device, person, name, holds: holders.has(device) }
      }),
    )
  }

  /** Devices that have said to hold it; this one does, or it could not be shown. */
  #holders({ device, seq }: ChatMessage): ReadonlySet<DeviceId> {
    const said = this.#sync.holders(this.#runtime.space.id, device, seq)
    return new Set([...said, this.#ownDevice])
  }

  #name(person: PersonId): string {
    return this.#names.get(person) ?? UNKNOWN_NAME
  }
}

function toFiles({ id, attachments }: ChatMessage): Pick<Message, 'files'> {
  if (attachments.length === 0) return {}
  const files = attachments.map(({ name, mediaType, sizeBytes }, index) => {
    return { id: `${id}.${index}`, name, mediaType, sizeBytes }
  })
  return { files }
}
