/**
 * Bugs planted in the world of logs, never in the product, to see that each oracle notices.
 *
 * Those that are not here live where they act: in a disk that does not sync (canaries.ts), in acts that remember
 * something else than was answered, in a report that nobody hears.
 */

import type { Crypto } from '@hamlet/core'
import { decodeExchangeMessage, encodeExchangeMessage } from '@hamlet/log'
import type { FrameReceiver } from '@hamlet/log'
import type { LineWatch } from './line-watch.ts'
import type { LogAttack, LogPlantedBug, LogWorldOptions } from './log-options.ts'

export interface LogCanary {
  readonly bug: LogPlantedBug
  /** What the world is like that has the bug. */
  readonly change: Partial<LogWorldOptions>
  /** The oracles that may notice first. */
  readonly noticedBy: RegExp
}

const SHARED: Partial<LogWorldOptions> = { nodes: 4, hostiles: [], sparseRate: 1, nightAtMs: 0 }

function liar(...attacks: readonly LogAttack[]): Partial<LogWorldOptions> {
  return { ...SHARED, hostiles: [{ attacks, rate: 0.3 }] }
}

export const LOG_CANARIES: readonly LogCanary[] = [
  {
    bug: 'no-fsync',
    change: { ...SHARED, crashEveryMs: 3_000, tornWrites: true },
    noticedBy: /no lost write|heads|no wrong block|no crash|truncations|arrival|user data/,
  },
  { bug: 'credulous', change: liar('forge'), noticedBy: /heads|no wrong block|forks/ },
  { bug: 'wrong-block', change: SHARED, noticedBy: /no wrong block/ },
  {
    bug: 'deaf-to-truncations',
    change: { ...SHARED, truncateRate: 0.2 },
    noticedBy: /truncations/,
  },
  { bug: 'deaf-to-blocks', change: SHARED, noticedBy: /arrival/ },
  { bug: 'accuser', change: SHARED, noticedBy: /conduct/ },
  { bug: 'tolerant', change: liar('garbage'), noticedBy: /conduct/ },
  { bug: 'forgetful', change: { ...SHARED, feedRate: 0 }, noticedBy: /no lost write/ },
  { bug: 'wrong-payload', change: { ...SHARED, feedRate: 1 }, noticedBy: /payloads/ },
  { bug: 'wrong-user-data', change: SHARED, noticedBy: /user data/ },
  { bug: 'silent-fork', change: { ...liar('fork'), completeRate: 1 }, noticedBy: /forks/ },
  { bug: 'hoarder', change: SHARED, noticedBy: /bounds|arrival/ },
  { bug: 'asks-for-more', change: SHARED, noticedBy: /bounds|conduct/ },
  { bug: 'chance', change: SHARED, noticedBy: /determinism/ },
  { bug: 'crash', change: SHARED, noticedBy: /no crash/ },
]

/** The first peer takes every signature for good. */
export function cryptoOf(bug: LogPlantedBug | undefined, number: number, crypto: Crypto): Crypto {
  return bug === 'credulous' && number === 0 ? { ...crypto, verify: () => true } : crypto
}

const MORE_WANTS = 300
const DAMAGED_EVERY = 5
const [WANT, PIECE, FULL, TRUNCATION] = [7, 8, 10, 12]

/** On the lines of the first peer. `isOfSecond`: to the second one. */
export function plantInLine(
  bug: LogPlantedBug | undefined,
  watch: LineWatch,
  isOfSecond: boolean,
): LineWatch {
  let received = 0
  const change = (frame: Uint8Array): Uint8Array | undefined => {
    const type = frame[0]
    if (bug === 'deaf-to-truncations' && type === TRUNCATION) return undefined
    if (bug === 'deaf-to-blocks' && (type === PIECE || type === FULL)) return undefined
    const isDue = bug === 'accuser' && isOfSecond && ++received % DAMAGED_EVERY === 0
    return isDue ? Uint8Array.from(frame, (byte, i) => (i === 0 ? 0xff : byte)) : frame
  }
  return {
    exchange: watch.exchange,
    outgoing: (line) => {
      const watched = watch.outgoing(line)
      if (bug !== 'asks-for-more') return watched
      const send = (frame: Uint8Array): boolean => sendMore(frame, (each) => watched.send(each))
      return { name: line.name, send, close: (reason) => watched.close(reason) }
    },
    incoming: (end) =>
      changedBefore(watch.incoming(bug === 'tolerant' ? tolerant(end) : end), change),
  }
}

/** What is no message is not heard. */
function tolerant(end: FrameReceiver): FrameReceiver {
  return {
    receive: (frame) => {
      if (decodeExchangeMessage(frame).ok) end.receive(frame)
    },
    drained: () => end.drained(),
    closed: () => end.closed(),
    refuse: (error) => end.refuse(error),
  }
}

function changedBefore(
  end: FrameReceiver,
  change: (frame: Uint8Array) => Uint8Array | undefined,
): FrameReceiver {
  return {
    receive: (frame) => {
      const changed = change(frame)
      if (changed !== undefined) end.receive(changed)
    },
    drained: () => end.drained(),
    closed: () => end.closed(),
    refuse: (error) => end.refuse(error),
  }
}

function sendMore(frame: Uint8Array, send: (frame: Uint8Array) => boolean): boolean {
  const message = frame[0] === WANT ? decodeExchangeMessage(frame) : undefined
  let hasRoom = send(frame)
  if (message?.ok !== true || message.value.type !== 'want') return hasRoom
  for (let i = 1; i <= MORE_WANTS; i++) {
    const request = message.value.request + i * 10_000
    hasRoom = send(encodeExchangeMessage({ ...message.value, request })) && hasRoom
  }
  return hasRoom
}
