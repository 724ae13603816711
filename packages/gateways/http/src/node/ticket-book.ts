/**
 * Tickets for single files: `<img>` and `<video>` send no token, so the page asks for a path that nobody can guess.
 *
 * Invariants:
 * 1. A ticket is 32 random bytes, kept as a hash, and gives one file by GET.
 * 2. It ends some time after its last use, at the end of its life, and with the session or token that asked for it.
 */

import { createHash } from 'node:crypto'
import { bytesToBase64Url } from '@hamlet/core'
import type { Clock, Random } from '@hamlet/core'

import type { FileTickets, TicketedFile } from '../file-tickets.ts'
import { TICKET_IDLE_MS_MAX, TICKET_MS_MAX, TICKETS_MAX, TOKEN_BYTES } from '../limits.ts'
import type { Caller } from '../route.ts'

interface Ticket {
  readonly file: TicketedFile
  readonly caller: Caller
  readonly untilMs: number
  usedAtMs: number
}

export class TicketBook implements FileTickets {
  readonly #clock: Clock
  readonly #random: Random
  readonly #isKnown: (caller: Caller) => boolean
  /** Oldest first. */
  readonly #ticketsByHash = new Map<string, Ticket>()

  /** `isKnown`: whether the token of a caller still counts. */
  constructor(clock: Clock, random: Random, isKnown: (caller: Caller) => boolean) {
    this.#clock = clock
    this.#random = random
    this.#isKnown = isKnown
  }

  create(
    file: TicketedFile,
    caller: Caller,
  ): { readonly secret: string; readonly expiresAtMs: number } {
    const secret = bytesToBase64Url(this.#random.bytes(TOKEN_BYTES))
    const nowMs = this.#clock.monotonic()
    const ticket = { file, caller, untilMs: nowMs + TICKET_MS_MAX, usedAtMs: nowMs }
    this.#ticketsByHash.set(hashOf(secret), ticket)
    const [oldest] = this.#ticketsByHash.keys()
    if (this.#ticketsByHash.size > TICKETS_MAX) this.#ticketsByHash.delete(oldest!)
    return { secret, expiresAtMs: this.#clock.wall() + TICKET_IDLE_MS_MAX }
  }

  find(secret: string): TicketedFile | undefined {
    const hash = hashOf(secret)
    const ticket = this.#ticketsByHash.get(hash)
    if (ticket === undefined) return undefined
    const nowMs = this.#clock.monotonic()
    const endMs = Math.min(ticket.untilMs, ticket.usedAtMs + TICKET_IDLE_MS_MAX)
    if (nowMs >= endMs || !this.#isKnown(ticket.caller)) {
      this.#ticketsByHash.delete(hash)
      return undefined
    }
    ticket.usedAtMs = nowMs
    return ticket.file
  }
}

/** What is looked up is the hash, so that the time it takes tells nothing of the secret. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
