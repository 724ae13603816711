/** Files of messages and bills in one memory: their bytes are shared by all people, as if everything had arrived. */

import { createHash } from 'node:crypto'
import { HamletError } from '@hamlet/core'
import type { EntryId } from '@hamlet/core'

import type * as api from '../src/hamlet-api.ts'
import { MemoryFiles, typeOf } from './_memory-files.ts'
import { known, toId } from './_memory-ledger-api.ts'
import { found } from './_memory-store.ts'
import type { StoredFile } from './_memory-store.ts'

/** By world, and then by the hash of the bytes. */
const bytesByWorld = new WeakMap<object, Map<string, Uint8Array>>()

export abstract class MemoryAttachments extends MemoryFiles implements api.AttachmentsApi {
  readonly #prepared = new Map<string, StoredFile>()

  async prepareFile(
    space: string,
    name: string,
    content: AsyncIterable<Uint8Array>,
  ): Promise<api.PreparedFile> {
    this.spaceAs(space, 'writer')
    const bytes = await gather(content)
    const id = this.world.newId()
    const mediaType = typeOf(name)
    this.#prepared.set(id, { name, mediaType, bytes })
    return { id, name, mediaType, sizeBytes: bytes.length }
  }

  async attachToExpense(space: string, id: string, prepared: string): Promise<api.ExpenseDetail> {
    const [{ name, mediaType, bytes }] = this.takePrepared([prepared]) as readonly [StoredFile]
    await this.change(space, async (work) => {
      const { id: expense } = known(await work.ledger.expense(toId(id)))
      const drafts = await work.memory.drafts(work.author)
      const root = this.#keep(bytes)
      const key = new Uint8Array(32)
      const attachment = { name, mediaType, sizeBytes: bytes.length, root, key }
      await this.write(work, [drafts.attach(expense, attachment)])
    })
    return await this.expense(space, id)
  }

  async detachFromExpense(space: string, id: string, attached: string): Promise<api.ExpenseDetail> {
    await this.change(space, async (work) => {
      const { id: expense, attachments } = known(await work.ledger.detail(toId(id)))
      const own = known(attachments.find((each) => `${expense}.${each.id}` === attached))
      if (own.person !== this.id) throw new HamletError('NOT_AUTHOR', 'someone else put it there')
      const drafts = await work.memory.drafts(work.author)
      await this.write(work, [drafts.detach(expense, own.id as EntryId)])
    })
    return await this.expense(space, id)
  }

  async *readAttachment(
    space: string,
    id: string,
    { offset = 0, lengthBytes }: api.ByteSpan = {},
  ): AsyncGenerator<Uint8Array> {
    const bytes = await this.#bytesOf(space, id)
    yield bytes.subarray(offset, lengthBytes === undefined ? bytes.length : offset + lengthBytes)
  }

  /** Each can be used once. */
  protected takePrepared(ids: readonly string[]): readonly StoredFile[] {
    return ids.map((id) => {
      const file = found(this.#prepared.get(id), 'PREPARED_NOT_FOUND')
      this.#prepared.delete(id)
      return file
    })
  }

  async #bytesOf(space: string, id: string): Promise<Uint8Array> {
    const [carrier = '', part = ''] = id.split('.')
    const message = this.spaceOf(space).messages.find((each) => each.id === carrier)
    if (message !== undefined) {
      return found(message.files?.[Number(part)], 'ATTACHMENT_NOT_FOUND').bytes
    }
    const ledger = await this.ledgerOf(space)
    const detail = await ledger.detail(toId(carrier))
    const attached = found(
      detail?.attachments.find((each) => each.id === part),
      'ATTACHMENT_NOT_FOUND',
    )
    const root = Buffer.from(attached.attachment.root).toString('hex')
    return found(bytesByWorld.get(this.world)?.get(root), 'ATTACHMENT_NOT_FOUND')
  }

  #keep(bytes: Uint8Array): Uint8Array {
    const kept = bytesByWorld.get(this.world) ?? new Map<string, Uint8Array>()
    bytesByWorld.set(this.world, kept)
    const root = createHash('sha256').update(bytes).digest()
    kept.set(root.toString('hex'), bytes)
    return new Uint8Array(root)
  }
}

/** Beside the quota, which is for shares. */
async function gather(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of content) pieces.push(Uint8Array.from(piece))
  return new Uint8Array(Buffer.concat(pieces))
}
