/** What is asked of a world of logs in the end, of all its honest peers. */

import type { Crypto } from '@hamlet/core'
import type { Log } from '@hamlet/log'
import type { Problem } from '../oracles/problem.ts'
import type { SimNetwork } from '../sim-network.ts'
import type { AuthorModel } from './author-model.ts'
import type { LineCounts } from './line-watch.ts'
import type { LogNode } from './log-node.ts'
import type { LogWorldOptions } from './log-options.ts'
import type { StreamCounts } from './log-stream.ts'
import { findUnarrived } from './oracles/arrival.ts'
import type { Copy } from './oracles/arrival.ts'
import { findUnnoticedFork } from './oracles/conduct.ts'
import { findLostUserData, findLostWrite, findWrongPayload } from './oracles/durability.ts'
import { findWrongBlock } from './oracles/holdings.ts'
import { findHealingMessages, findLogExcess } from './oracles/limits.ts'

export interface LogVerdictWorld {
  readonly options: LogWorldOptions
  readonly crypto: Crypto
  readonly nodes: readonly LogNode[]
  readonly authors: readonly AuthorModel[]
  readonly network: SimNetwork
  readonly streamCounts: StreamCounts
  readonly lineCounts: LineCounts
  isForkReported(author: AuthorModel): boolean
  /** Then only safety is asked for. */
  arePartedByFork(): boolean
}

export class LogVerdict {
  readonly #world: LogVerdictWorld

  constructor(world: LogVerdictWorld) {
    this.#world = world
  }

  /** The first thing that has not arrived. */
  findUnsettled(): Problem | undefined {
    const { nodes, authors } = this.#world
    const unready = nodes.find((node) => node.isHonest && !this.#isInOrder(node))
    if (unready !== undefined) return { oracle: 'arrival', detail: `${unready.name} is not up` }
    if (this.#world.arePartedByFork()) return undefined
    for (const author of authors) {
      const problem = author.isHonest
        ? findUnarrived(author, this.#copiesOf(author))
        : findUnnoticedFork(author, this.#copiesOf(author), this.#world.isForkReported(author))
      if (problem !== undefined) return problem
    }
    return undefined
  }

  async judge(): Promise<Problem | undefined> {
    for (const author of this.#world.authors) {
      for (const copy of this.#copiesOf(author)) {
        const problem = await this.#findWrong(author, copy)
        if (problem !== undefined) return problem
      }
    }
    const { network, streamCounts, lineCounts, options } = this.#world
    return findLogExcess(network.counts, streamCounts, lineCounts, options.nodes)
  }

  findHealingExcess(messages: number, healingMs: number): Problem | undefined {
    return findHealingMessages(messages, this.#world.options.nodes, healingMs)
  }

  async #findWrong(author: AuthorModel, { who, holding }: Copy): Promise<Problem | undefined> {
    const { log, kind, cleared, feed } = holding
    const wrong = findWrongBlock(author, log, [0, log.length], who)
    if (wrong !== undefined || !author.isHonest) return wrong
    const isOwn = kind === 'own'
    const lost = isOwn ? findLostWrite(author, log as Log, cleared) : undefined
    const lostData = isOwn ? findLostUserData(author, log as Log) : undefined
    return lost ?? lostData ?? (feed && (await findWrongPayload(author, feed, who)))
  }

  #isInOrder(node: LogNode): boolean {
    return node.isReady && node.open.length === node.holdings.size
  }

  #copiesOf(author: AuthorModel): Copy[] {
    return this.#world.nodes.flatMap((node) => {
      const holding = node.isHonest ? node.openOf(author.number) : undefined
      return holding === undefined ? [] : [{ who: node.name, holding }]
    })
  }
}
