/**
 * Asking for listings and answering who asks, over raw streams: one question, a message for each listing, the end.
 *
 * Invariants:
 * 1. What comes is judged by its own signature; who serves it counts for nothing.
 * 2. One question asks at most `DISCOVER_DEVICES_MAX` devices, eight at a time, each for `LISTING_ASK_MS_MAX`, and takes at most
 *    `PUBLISHED_MAX` listings from each; all of it ends after `DISCOVER_MS_MAX`.
 */

import { errorCode, hexToBytes } from '@hamlet/core'
import type { Cancel } from '@hamlet/core'
import type { RawStream } from '@hamlet/network'
import { FrameStream } from './frame-stream.ts'
import { decodeListingQuestion, encodeListingQuestion, openListing, topicKey } from './listing.ts'
import type { OpenedListing } from './listing.ts'
import { PUBLISHED_MAX } from './listing-book.ts'
import type { PeerPorts } from './peer-ports.ts'

export const LISTING_PROTOCOL = '/hamlet/listings/1'
/** Devices asked for one topic. */
export const DISCOVER_DEVICES_MAX = 64
/** All of one search. */
export const DISCOVER_MS_MAX = 15_000
/** One device's answer. */
export const LISTING_ASK_MS_MAX = 5_000
/** Devices answered, or asked, at a time. */
export const LISTING_STREAMS_MAX = 8

export class ListingFinder {
  readonly #ports: PeerPorts
  readonly #answers: (topic: string) => readonly Uint8Array[]
  readonly #streams = new Set<FrameStream>()
  readonly #stopped = new AbortController()
  #answering = 0
  #unhandle: Cancel | undefined

  /** `answers`: what this device has for a topic. */
  constructor(ports: PeerPorts, answers: (topic: string) => readonly Uint8Array[]) {
    this.#ports = ports
    this.#answers = answers
  }

  async open(): Promise<void> {
    const { network } = this.#ports
    this.#unhandle = await network.handle(LISTING_PROTOCOL, (stream) => this.#answer(stream))
  }

  close(): void {
    this.#stopped.abort()
    this.#unhandle?.()
    for (const stream of this.#streams) stream.abort('the peer closes')
  }

  /** What those who say they have something for the topic have, verified, in the order in which it came. */
  async find(topic: string): Promise<readonly OpenedListing[]> {
    const { network, crypto, clock } = this.#ports
    const timeout = new AbortController()
    const cancel = clock.after(DISCOVER_MS_MAX, () => timeout.abort())
    const signal = AbortSignal.any([timeout.signal, this.#stopped.signal])
    const found: OpenedListing[] = []
    const asking = new Set<Promise<void>>()
    let asked = 0
    try {
      for await (const device of network.providers(topicKey(crypto, topic), { signal })) {
        const answer = this.#ask(device, topic, signal, found).finally(() => asking.delete(answer))
        asking.add(answer)
        if (++asked >= DISCOVER_DEVICES_MAX) break
        if (asking.size >= LISTING_STREAMS_MAX) await Promise.race(asking)
      }
      await Promise.all(asking)
    } catch (error) {
      // What was found so far is an answer.
      this.#ports.logger.debug('a search for listings ended early', { code: errorCode(error) })
    } finally {
      cancel()
    }
    return found
  }

  /** Never rejects. */
  async #ask(
    device: string,
    topic: string,
    signal: AbortSignal,
    found: OpenedListing[],
  ): Promise<void> {
    const { network, logger } = this.#ports
    try {
      const options = { protocol: LISTING_PROTOCOL, signal }
      const raw = await network.connect(hexToBytes(device), options)
      await this.#read(raw, topic, found)
    } catch (error) {
      logger.debug('a device was not asked for listings', { device, code: errorCode(error) })
    }
  }

  #read(raw: RawStream, topic: string, found: OpenedListing[]): Promise<void> {
    const { crypto, clock } = this.#ports
    const ended = Promise.withResolvers<void>()
    let received = 0
    const stream = this.#open(raw, {
      received: (bytes) => {
        if (++received > PUBLISHED_MAX) return stream.abort('too many listings')
        const opened = openListing(crypto, bytes, clock.wall())
        if (opened.ok && opened.value.topic === topic) found.push(opened.value)
      },
      ended: ended.resolve,
    })
    stream.send(encodeListingQuestion(topic))
    return ended.promise
  }

  #answer(raw: RawStream): void {
    if (this.#stopped.signal.aborted || this.#answering >= LISTING_STREAMS_MAX) {
      return raw.abort('asked by too many')
    }
    this.#answering++
    let isAnswered = false
    const stream = this.#open(raw, {
      received: (bytes) => {
        const question = decodeListingQuestion(bytes)
        if (!question.ok || isAnswered) return stream.abort('no question')
        isAnswered = true
        for (const listing of this.#answers(question.value)) stream.send(listing)
        stream.end()
      },
      ended: () => this.#answering--,
    })
  }

  #open(
    raw: RawStream,
    events: { readonly received: (bytes: Uint8Array) => void; readonly ended: () => void },
  ): FrameStream {
    const { clock, logger } = this.#ports
    const stream = new FrameStream(raw, clock, logger)
    this.#streams.add(stream)
    stream.limit(LISTING_ASK_MS_MAX)
    stream.listen({
      received: events.received,
      ended: () => {
        this.#streams.delete(stream)
        events.ended()
      },
    })
    return stream
  }
}
