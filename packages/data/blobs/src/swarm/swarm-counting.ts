/**
 * Receipts on the lines of an engine: which go when, and what becomes of those that come.
 *
 * What goes of a swarm on a line is counted under the name that both sides agreed on when it was opened, and a receipt is taken
 * only there. Where they agreed on none, and it is not given away, it is counted all the same: then nothing can be signed, and
 * no more goes than to anybody who does not sign.
 */

import type { Crypto, Logger } from '@hamlet/core'
import type { ReceiptBook } from './receipt-book.ts'
import { SWARM_TERMS_MAX } from './swarm-limits.ts'
import type { PeerLine, Swarm, SwarmChannel } from './swarm-state.ts'
import { swarmTopic } from './swarm-topic.ts'

export interface CountingOwner {
  readonly crypto: Crypto
  readonly book: ReceiptBook
  /** Whether the line is still the one to its peer. */
  isCurrent(line: PeerLine): boolean
  swarmOf(topic: Uint8Array): Swarm | undefined
  /** Something was signed for: more may go. */
  onSigned(): void
}

export class SwarmCounting {
  readonly #owner: CountingOwner
  readonly #logger: Logger

  constructor(owner: CountingOwner, logger: Logger) {
    this.#owner = owner
    this.#logger = logger
  }

  /** Names under which what goes of the swarm may be counted. */
  termsOf(peer: string, swarm: Swarm): readonly Uint8Array[] {
    return this.#owner.book.termsOf(peer, swarm.id).slice(0, SWARM_TERMS_MAX)
  }

  onOpened(channel: SwarmChannel): void {
    const { book } = this.#owner
    const { line, number, counted } = channel
    channel.isCounted = book.isCounted(line.peer, counted)
    if (!channel.isCounted) return
    for (const receipt of book.latest(line.peer)) {
      line.send({ type: 'countersigned', channel: number, receipt })
    }
    book.unsettled(line.peer, counted, (receipt) => this.#send(channel, receipt))
  }

  /** Signs for everything that came from the peer. */
  settle(line: PeerLine): void {
    const { book, crypto } = this.#owner
    book.settle(line.peer, ({ id, receipt }) => {
      const swarm = this.#owner.swarmOf(swarmTopic(crypto, id))
      const channel = swarm && line.channelOf(swarm)
      if (channel) this.#send(channel, receipt)
    })
  }

  onReceipt(channel: SwarmChannel, receipt: Uint8Array): void {
    const { book } = this.#owner
    const { line, number, counted } = channel
    book.accept(line.peer, counted, receipt.slice(), (judged) => {
      if ('reason' in judged) {
        const peer = line.peer
        this.#logger.info('a receipt was not taken', { peer, reason: judged.reason })
      }
      const receipt = 'reason' in judged ? judged.answer : judged.countersigned
      if (receipt !== undefined && this.#owner.isCurrent(line) && channel.isOpen) {
        line.send({ type: 'countersigned', channel: number, receipt })
      }
      if ('countersigned' in judged) this.#owner.onSigned()
    })
  }

  onCountersigned({ line, counted }: SwarmChannel, receipt: Uint8Array): void {
    this.#owner.book.countersigned(line.peer, counted, receipt.slice())
  }

  /** The line may have gone while the receipt became durable; the next one shows it again. */
  #send(channel: SwarmChannel, receipt: Uint8Array): void {
    const { line, number } = channel
    if (!this.#owner.isCurrent(line) || !channel.isOpen) return
    line.send({ type: 'receipt', channel: number, receipt })
  }
}
