/**
 * What stands between a line and an exchange: it sees every frame, both ways, and counts what waits for an answer.
 *
 * A liar's goes further: what it sends is something else than its exchange said (`LineWatch.exchange`, `LiarLine`).
 */

import { concatBytes } from '@hamlet/core'
import { decodeExchangeMessage } from '@hamlet/log'
import type { ExchangeLine, FrameReceiver, LogExchange } from '@hamlet/log'

export interface LineWatch {
  /** Whose the other end is; that of the peer if it has but one. */
  readonly exchange: LogExchange | undefined
  outgoing(line: ExchangeLine): ExchangeLine
  incoming(end: FrameReceiver): FrameReceiver
}

export interface LineCounts {
  /** Most wants of one side of a line that waited for an answer, and most asks. */
  wantsPeak: number
  asksPeak: number
}

const WANT = 7
const PIECE = 8
const UNAVAILABLE = 9
const ASK = 13
const ANSWER = 14

/** Of an honest peer. */
export class HonestLine implements LineWatch {
  readonly exchange = undefined
  readonly #counts: LineCounts
  readonly #onUnrefused: (frame: Uint8Array) => void
  #wants = 0
  #asks = 0
  #isClosed = false

  /** `onUnrefused`: what is no message came, and the line stayed open. */
  constructor(counts: LineCounts, onUnrefused: (frame: Uint8Array) => void) {
    this.#counts = counts
    this.#onUnrefused = onUnrefused
  }

  outgoing(line: ExchangeLine): ExchangeLine {
    return {
      name: line.name,
      send: (frame) => {
        this.#onSent(frame[0])
        return line.send(frame)
      },
      sendParts: (parts) => {
        this.#onSent(parts[0]?.[0])
        return line.sendParts?.(parts) ?? line.send(concatBytes(...parts))
      },
      answerMemory: () => line.answerMemory?.(),
      close: (reason) => {
        this.#isClosed = true
        line.close(reason)
      },
    }
  }

  incoming(end: FrameReceiver): FrameReceiver {
    return {
      receive: (frame) => {
        const isMessage = decodeExchangeMessage(frame).ok
        this.#onReceived(frame[0])
        end.receive(frame)
        if (!isMessage && !this.#isClosed) this.#onUnrefused(frame)
      },
      drained: () => end.drained(),
      closed: () => {
        this.#isClosed = true
        end.closed()
      },
      refuse: (error) => {
        this.#isClosed = true
        end.refuse(error)
      },
    }
  }

  #onSent(type: number | undefined): void {
    if (type === WANT) this.#counts.wantsPeak = Math.max(this.#counts.wantsPeak, ++this.#wants)
    if (type === ASK) this.#counts.asksPeak = Math.max(this.#counts.asksPeak, ++this.#asks)
  }

  #onReceived(type: number | undefined): void {
    if (type === PIECE || type === UNAVAILABLE) this.#wants = Math.max(0, this.#wants - 1)
    if (type === ANSWER) this.#asks = Math.max(0, this.#asks - 1)
  }
}
