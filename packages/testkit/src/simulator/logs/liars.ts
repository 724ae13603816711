/**
 * The liars of a world of logs: the real code, with lines that say something else, and with logs that nobody honest would share.
 *
 * `fork`: it signs two histories of its own log, and shows one to some peers and the other to the rest. `forge`: it shares a log
 * under somebody else's name, whole and consistent, of which only the signatures are not theirs. The other attacks
 * are on frames (liar-frames.ts).
 */

import { scopedDisk } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { Log, LogExchange } from '@hamlet/log'
import type { ExchangeLine } from '@hamlet/log'
import type { SeededRandom } from '../seeded-random.ts'
import { isInstead, lie } from './liar-frames.ts'
import type { LineWatch } from './line-watch.ts'
import type { LogNode } from './log-node.ts'
import type { LogAttack, LogHostile } from './log-options.ts'
import type { AuthorModel } from './author-model.ts'

export interface LiarWorld {
  readonly crypto: Crypto
  note(line: string): void
  isHonest(peer: string): boolean
}

const FORGED_BLOCKS = 12
const SENT_KEPT_MAX = 200
/** Each is hundreds of frames. */
const FLOODS_MAX = 30

export class Liar {
  readonly node: LogNode
  readonly options: LogHostile
  readonly counts: Map<string, number>
  readonly #world: LiarWorld
  readonly #random: SeededRandom
  readonly #sent: Uint8Array[] = []
  #floods = 0
  /** For the peers that are told the other history. */
  #other: { readonly life: number; readonly exchange: LogExchange } | undefined
  #twin: Log | undefined

  constructor(
    world: LiarWorld,
    random: SeededRandom,
    node: LogNode,
    options: LogHostile,
    counts: Map<string, number>,
  ) {
    this.#world = world
    this.#random = random
    this.node = node
    this.options = options
    this.counts = counts
  }

  has(attack: LogAttack): boolean {
    return this.options.attacks.includes(attack)
  }

  /** Every other peer is told the other history. */
  watchLine(peer: string): LineWatch {
    const isOther = this.has('fork') && Number.parseInt(peer.slice(0, 2), 16) % 2 === 0
    const exchange = isOther ? this.#otherExchange() : undefined
    return {
      exchange,
      // Two liars would flood each other without end.
      outgoing: (line) => (this.#world.isHonest(peer) ? this.#outgoing(line) : line),
      incoming: (end) => end,
    }
  }

  /** Two histories from here on: what there is stays the beginning of both. */
  async split(author: AuthorModel): Promise<void> {
    const own = this.node.openOf(this.node.number)
    if (own === undefined || this.#twin !== undefined || !this.has('fork')) return
    const disk = scopedDisk(this.node.disk, 'logs')
    for (const [path, bytes] of this.node.disk.files()) {
      const name = path.split('/').at(-1)!
      if (path.startsWith(`logs/${own.directory}/`)) await disk.write(`twin/${name}`, bytes)
    }
    const { publicKey, namespace } = author
    const which = { disk, crypto: this.#world.crypto, directory: 'twin', publicKey, namespace }
    const twin = await Log.open({ ...which, signer: this.node.signer })
    this.#twin = twin
    twin.watch((event) => author.onEvent(twin, event))
    author.onOpened(twin)
    this.#count('fork')
    this.#otherExchange().add(twin)
    await this.append(author)
  }

  /** What it writes goes on in the other history in another way. */
  async append(author: AuthorModel): Promise<void> {
    await this.#twin?.append([author.makeBlock(40), author.makeBlock(20)])
  }

  /** Shares a log under the name of `victim`, in place of the copy it has. */
  async forge(victim: AuthorModel): Promise<void> {
    const { exchange, life } = this.node
    if (exchange === undefined || !this.has('forge')) return
    const { publicKey, namespace } = victim
    const forged = await Log.open({
      disk: scopedDisk(this.node.disk, 'logs'),
      crypto: this.#world.crypto,
      directory: `forged-${victim.number}-${life}`,
      publicKey,
      namespace,
      signer: { publicKey, sign: () => this.#random.bytes(64) },
    })
    const blocks = Array.from({ length: FORGED_BLOCKS }, (_, i) => this.#random.bytes(10 + i))
    await forged.append(blocks)
    this.#count('forge')
    this.node.unshare(victim.number)
    exchange.add(forged)
  }

  /** With the same logs, but for its own once there are two of it. */
  #otherExchange(): LogExchange {
    const { life, clock, open } = this.node
    if (this.#other?.life === life) return this.#other.exchange
    const random = this.#random.fork(`other ${life}`)
    const exchange = new LogExchange({ crypto: this.#world.crypto, clock, random })
    this.#other = { life, exchange }
    for (const { log, author } of open) {
      const isOwn = author.number === this.node.number
      if (isOwn) exchange.add(this.#twin ?? log)
      else if (log instanceof Log) exchange.add(log)
    }
    return exchange
  }

  #outgoing(line: ExchangeLine): ExchangeLine {
    return {
      name: line.name,
      close: (reason) => line.close(reason),
      send: (frame) => {
        if (this.#sent.length < SENT_KEPT_MAX) this.#sent.push(frame)
        const { attacks, rate } = this.options
        if (!this.#random.chance(rate)) return line.send(frame)
        const attack = this.#random.pick(attacks)
        if (attack === 'flood' && ++this.#floods > FLOODS_MAX) return line.send(frame)
        const lies = lie(attack, frame, this.#random, this.#sent)
        if (lies === undefined) return line.send(frame)
        this.#count(attack)
        let hasRoom = isInstead(attack) || line.send(frame)
        for (const each of lies) hasRoom = line.send(each) && hasRoom
        return hasRoom
      },
    }
  }

  #count(attack: LogAttack): void {
    this.counts.set(attack, (this.counts.get(attack) ?? 0) + 1)
    this.#world.note(`lie ${this.node.name} ${attack}`)
  }
}
