/** Bounded memory and asks: what is on its way, what is written to a full line, what waits for answers, what healing takes. */

import { ASKS_OPEN_MAX, WANTS_QUEUED_MAX } from '@hamlet/log'
import type { Problem } from '../../oracles/problem.ts'
import type { NetworkCounts } from '../../sim-network.ts'
import type { LineCounts } from '../line-watch.ts'
import type { StreamCounts } from '../log-stream.ts'

/** A window of wants for each log that two peers may have in common, every one answered in full. */
const LINE_BYTES_MAX = 24 * 1024 * 1024
/** One answer that was begun, and small talk: heads, haves, wants. */
const OVERFULL_BYTES_MAX = 3 * 1024 * 1024
/** Frames cut into small pieces make many messages; a peer that is idle sends next to none. */
const HEALING_MESSAGES_PER_PAIR_MAX = 40_000

export function findLogExcess(
  network: NetworkCounts,
  streams: StreamCounts,
  lines: LineCounts,
  logs: number,
): Problem | undefined {
  if (network.inFlightBytesPeak > LINE_BYTES_MAX) {
    return excess(`${network.inFlightBytesPeak} bytes on their way to one peer`)
  }
  if (streams.overfullBytesPeak > OVERFULL_BYTES_MAX) {
    return excess(`${streams.overfullBytesPeak} bytes written to a line that was full`)
  }
  const wantsMax = WANTS_QUEUED_MAX * logs
  if (lines.wantsPeak > wantsMax) return excess(`${lines.wantsPeak} wants on one line`)
  if (lines.asksPeak > ASKS_OPEN_MAX * logs) return excess(`${lines.asksPeak} asks on one line`)
  return undefined
}

export function findHealingMessages(
  messages: number,
  nodes: number,
  healingMs: number,
): Problem | undefined {
  const pairs = Math.max(1, (nodes * (nodes - 1)) / 2)
  if (messages <= pairs * HEALING_MESSAGES_PER_PAIR_MAX) return undefined
  return excess(`${messages} messages in ${healingMs} ms of healing`)
}

function excess(detail: string): Problem {
  return { oracle: 'bounds', detail }
}
