/**
 * The files of a peer as its other parts see them: opened with it, told of its spaces, closed with it.
 *
 * Invariant: without what this device keeps of files all the rest of the peer goes on; whoever asks for files is told why.
 */

import { SwarmEngine } from '@hamlet/blobs'
import { errorCode } from '@hamlet/core'
import type { SpaceId } from '@hamlet/core'
import type { ExpenseDetail } from '@hamlet/http/api'
import type { MessageFiles } from '../chat-desk.ts'
import { PeerError } from '../errors.ts'
import type { OpenSpace, SpaceFiles } from '../space-registry.ts'
import { AttachmentDesk } from './attachment-desk.ts'
import type { ClockDoubts } from './clock-doubts.ts'
import { FilesDesk } from './files-desk.ts'
import type { FilesHost } from './files-host.ts'
import { PeerAccounts } from './peer-accounts.ts'

export class PeerFiles implements SpaceFiles {
  readonly #host: FilesHost
  readonly #engine: SwarmEngine
  readonly #accounts: PeerAccounts
  #opened: { readonly desk: FilesDesk; readonly attachments: AttachmentDesk } | undefined
  #closed = false

  constructor(host: FilesHost) {
    this.#host = host
    const { ports } = host
    const { network } = ports
    this.#accounts = new PeerAccounts(host)
    // From the beginning, and not when the store is open: what a peer says at once must be heard.
    this.#engine = new SwarmEngine(
      { ...ports, net: network.net, logger: ports.logger.forComponent('swarm') },
      { accounts: this.#accounts, addressesOf: (peer) => network.addressesOf(peer) },
    )
  }

  /** Before the spaces are opened. Never rejects. */
  async open(): Promise<void> {
    try {
      await this.#accounts.open(this.#engine)
      const desk = await FilesDesk.open(this.#host, this.#engine, this.#accounts)
      this.#opened = { desk, attachments: await AttachmentDesk.create(this.#host, desk) }
    } catch (error) {
      this.#host.ports.logger.error('files cannot be opened', { code: errorCode(error) })
    }
  }

  /** Once they are. */
  async start(): Promise<void> {
    await this.#opened?.desk.start()
  }

  async changed(open: OpenSpace): Promise<void> {
    if (this.#closed || this.#opened === undefined) return
    await this.#opened.attachments.open(open)
    await this.#opened.desk.spaceChanged(open)
  }

  async spaceClosed(id: SpaceId, isForgotten: boolean): Promise<void> {
    await this.#opened?.desk.spaceClosed(id, isForgotten)
    await this.#opened?.attachments.closeSpace(id, isForgotten)
  }

  forMessages(id: SpaceId): MessageFiles {
    return {
      named: async (file) => await this.attachments.named(id, file),
      used: async (files) => {
        const open = this.#host.spaces.find(id)
        if (files.length > 0 && open !== undefined) await this.attachments.used(open, files)
      },
    }
  }

  async attachToExpense(
    open: OpenSpace,
    expense: string,
    prepared: string,
  ): Promise<ExpenseDetail> {
    const attachment = await this.attachments.named(open.runtime.space.id, prepared)
    const detail = await open.ledger.attach(expense, attachment)
    await this.attachments.used(open, [prepared])
    return detail
  }

  /** Whose clock this device's is too far ahead of, as receipts show. */
  get clockDoubt(): ClockDoubts['own'] {
    return this.#accounts.clocks.own
  }

  /** @throws PeerError `FILES_UNAVAILABLE` */
  get desk(): FilesDesk {
    return this.#parts().desk
  }

  /** @throws PeerError `FILES_UNAVAILABLE` */
  get attachments(): AttachmentDesk {
    return this.#parts().attachments
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#opened?.attachments.close()
    await this.#opened?.desk.close()
    this.#engine.close()
  }

  #parts() {
    if (this.#opened !== undefined) return this.#opened
    throw new PeerError('FILES_UNAVAILABLE', 'What this device keeps of files cannot be read.')
  }
}
