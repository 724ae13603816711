/**
 * Asking holders to prove what they say they hold, and answering those who ask: a state machine over ports.
 *
 * An audit has one of five outcomes, and only the second speaks against the holder at once:
 *
 *     proven     the answer was right
 *     wrong      the answer was wrong, or the holder says that the shard is gone
 *     offline    it cannot be reached now
 *     silent     it can be reached, and did not answer in time
 *     unknown    nothing can be said: it is busy, or does not know of the object yet
 *
 * Invariants:
 * 1. Whoever may not know of an object is told that it is unknown, whatever is here.
 * 2. A peer that asks too often is told that we are busy: a challenge costs the holder more than the asker.
 * 3. No answer is believed that was not asked for, or came late.
 */

import type { BlobId, BlobServing } from '@hamlet/blobs'
import { errorCode } from '@hamlet/core'
import type { Cancel, Clock, Crypto, DeviceId, Logger, Net, Random } from '@hamlet/core'
import type { Fault } from '../entries/content.ts'
import type { ObjectId } from '../objects/object-manifest.ts'
import {
  decodeAuditMessage,
  encodeAuditMessage,
  NONCE_BYTES,
  VAULT_PROTOCOL,
} from './audit-message.ts'
import type { AuditMessage } from './audit-message.ts'
import { areLeavesRight, isTagRight, proveLeaves, tagShard } from './challenge.ts'
import { ANSWER_MS_MAX, ANSWERS_AT_ONCE_MAX, CHALLENGES_PER_HOUR_MAX } from './limits.ts'

export interface AuditPorts {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly net: Pick<Net, 'send' | 'subscribe' | 'peers'>
  readonly logger: Logger
}

export interface AuditHost {
  /** A shard that is here, for a peer that may ask for it; `unknown` when it may not, or nobody knows of the object. To be closed. */
  readonly serve: (
    peer: DeviceId,
    object: ObjectId,
    shard: number,
  ) => Promise<BlobServing | undefined | 'unknown'>
}

export interface AuditTarget {
  readonly device: DeviceId
  readonly object: ObjectId
  readonly shard: number
  readonly blob: BlobId
}

/** A nonce, and the tag that the whole shard gives with it. */
export interface ShardTag {
  readonly nonce: Uint8Array
  readonly tag: Uint8Array
}

export type AuditOutcome =
  | { readonly kind: 'proven' | 'offline' | 'silent' | 'unknown' }
  | { readonly kind: 'wrong'; readonly fault: Fault }

interface Pending {
  readonly target: AuditTarget
  readonly judge: (message: AuditMessage) => AuditOutcome | undefined
  readonly settle: (outcome: AuditOutcome) => void
}

const HOUR_MS = 3_600_000
const ID_END = 2 ** 32

export class AuditEngine {
  readonly #ports: AuditPorts
  readonly #host: AuditHost
  readonly #pending = new Map<number, Pending>()
  readonly #askers = new Map<string, Asker>()
  readonly #unsubscribe: Cancel
  #nextId = 0
  #closed = false

  constructor(ports: AuditPorts, host: AuditHost) {
    this.#ports = ports
    this.#host = host
    this.#unsubscribe = ports.net.subscribe({
      peerUp: () => undefined,
      peerDown: (peer) => this.#lost(peer),
      message: (peer, protocol, bytes) => {
        if (protocol === VAULT_PROTOCOL) this.#received(peer, bytes)
      },
      drain: () => undefined,
    })
  }

  /** Asks for `count` leaves, drawn anew. Never rejects. */
  async askLeaves(target: AuditTarget, count: number): Promise<AuditOutcome> {
    const { crypto, random } = this.#ports
    const nonce = random.bytes(NONCE_BYTES)
    const { object, shard, blob } = target
    const message = { type: 'leaves', id: this.#takeId(), object, shard, nonce, count } as const
    return await this.#ask(target, message, (answer) => {
      if (answer.type !== 'proof') return undefined
      return areLeavesRight(crypto, blob, { nonce, count }, answer.leaves)
        ? { kind: 'proven' }
        : { kind: 'wrong', fault: 'wrong-bytes' }
    })
  }

  /** Asks for all of the shard, by a tag that is used for this alone. Never rejects. */
  async askWhole(target: AuditTarget, { nonce, tag }: ShardTag): Promise<AuditOutcome> {
    const { object, shard } = target
    const message = { type: 'whole', id: this.#takeId(), object, shard, nonce } as const
    return await this.#ask(target, message, (answer) => {
      if (answer.type !== 'tag') return undefined
      return isTagRight(answer.tag, tag) ? { kind: 'proven' } : { kind: 'wrong', fault: 'bad-tag' }
    })
  }

  close(): void {
    this.#closed = true
    this.#unsubscribe()
    for (const { settle } of [...this.#pending.values()]) settle({ kind: 'unknown' })
  }

  #takeId(): number {
    this.#nextId = (this.#nextId + 1) % ID_END
    return this.#nextId
  }

  async #ask(
    target: AuditTarget,
    message: Extract<AuditMessage, { type: 'leaves' | 'whole' }>,
    judge: Pending['judge'],
  ): Promise<AuditOutcome> {
    const { clock, net } = this.#ports
    if (this.#closed) return { kind: 'unknown' }
    if (!net.peers().includes(target.device)) return { kind: 'offline' }
    const settled = Promise.withResolvers<AuditOutcome>()
    const late = clock.after(ANSWER_MS_MAX, () => settled.resolve({ kind: 'silent' }))
    this.#pending.set(message.id, { target, judge, settle: settled.resolve })
    net.send(target.device, VAULT_PROTOCOL, encodeAuditMessage(message))
    const outcome = await settled.promise
    late()
    this.#pending.delete(message.id)
    return outcome
  }

  #lost(peer: string): void {
    for (const { target, settle } of [...this.#pending.values()]) {
      if (target.device === peer) settle({ kind: 'offline' })
    }
  }

  #received(peer: string, bytes: Uint8Array): void {
    const decoded = decodeAuditMessage(bytes)
    if (!decoded.ok) {
      this.#ports.logger.info('a message about backups is none', { peer, code: decoded.error.code })
      return
    }
    const message = decoded.value
    if (message.type === 'leaves' || message.type === 'whole') void this.#answer(peer, message)
    else this.#answered(peer, message)
  }

  #answered(peer: string, message: AuditMessage): void {
    const pending = this.#pending.get(message.id)
    if (pending === undefined || pending.target.device !== peer) return
    const outcome = message.type === 'no' ? outcomeOfNo(message) : pending.judge(message)
    if (outcome !== undefined) pending.settle(outcome)
  }

  async #answer(
    peer: string,
    asked: Extract<AuditMessage, { type: 'leaves' | 'whole' }>,
  ): Promise<void> {
    const { clock, net, logger } = this.#ports
    const asker = this.#askers.get(peer) ?? new Asker()
    this.#askers.set(peer, asker)
    if (!asker.begin(clock.monotonic())) {
      net.send(peer, VAULT_PROTOCOL, encodeAuditMessage({ type: 'no', id: asked.id, why: 'busy' }))
      return
    }
    let answer: AuditMessage
    try {
      answer = await this.#answerOf(peer as DeviceId, asked)
    } catch (error) {
      logger.warn('a challenge was not answered', { code: errorCode(error) })
      answer = { type: 'no', id: asked.id, why: 'busy' }
    } finally {
      asker.end()
    }
    if (!this.#closed) net.send(peer, VAULT_PROTOCOL, encodeAuditMessage(answer))
  }

  async #answerOf(
    peer: DeviceId,
    asked: Extract<AuditMessage, { type: 'leaves' | 'whole' }>,
  ): Promise<AuditMessage> {
    const { crypto } = this.#ports
    const { id, object, shard, nonce } = asked
    const serving = await this.#host.serve(peer, object, shard)
    if (serving === 'unknown') return { type: 'no', id, why: 'unknown' }
    if (serving === undefined) return { type: 'no', id, why: 'missing' }
    try {
      if (asked.type === 'leaves') {
        const leaves = proveLeaves(crypto, serving, nonce, asked.count)
        return leaves === undefined
          ? { type: 'no', id, why: 'missing' }
          : { type: 'proof', id, leaves }
      }
      const tag = tagShard(crypto, serving, nonce)
      return tag === undefined ? { type: 'no', id, why: 'missing' } : { type: 'tag', id, tag }
    } finally {
      serving.close()
    }
  }
}

function outcomeOfNo({ why }: Extract<AuditMessage, { type: 'no' }>): AuditOutcome {
  return why === 'missing' ? { kind: 'wrong', fault: 'missing' } : { kind: 'unknown' }
}

/** How much one peer asks. */
class Asker {
  #running = 0
  #sinceMs = Number.NEGATIVE_INFINITY
  #count = 0

  begin(nowMs: number): boolean {
    if (nowMs - this.#sinceMs >= HOUR_MS) {
      this.#sinceMs = nowMs
      this.#count = 0
    }
    if (this.#running >= ANSWERS_AT_ONCE_MAX || this.#count >= CHALLENGES_PER_HOUR_MAX) return false
    this.#running += 1
    this.#count += 1
    return true
  }

  end(): void {
    this.#running -= 1
  }
}
