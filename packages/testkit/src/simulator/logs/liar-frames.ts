/**
 * Lies in frames: what a liar sends in place of, or beside, what its exchange said.
 *
 * Each attack makes of a true frame one that every promise of the protocol is held against. `undefined`: this frame gives
 * no occasion for it.
 */

import {
  decodeExchangeMessage,
  decodeReplicationMessage,
  encodeExchangeMessage,
  encodeReplicationMessage,
} from '@hamlet/log'
import type { ExchangeMessage, LogHead, LogRange, Piece, ReplicationMessage } from '@hamlet/log'
import type { SeededRandom } from '../seeded-random.ts'
import type { LogAttack } from './log-options.ts'

/** Attacks that put frames in place of the true one; the others come beside it. */
const INSTEAD: ReadonlySet<LogAttack> = new Set<LogAttack>([
  'damage',
  'wrong-block',
  'wrong-hash',
  'wrong-length',
  'withhold',
  'deny',
  'bad-truncation',
])
const FLOOD_FRAMES = 300
const FALSE_HAVE_STRETCHES = 500

export function isInstead(attack: LogAttack): boolean {
  return INSTEAD.has(attack)
}

export function lie(
  attack: LogAttack,
  frame: Uint8Array,
  random: SeededRandom,
  sent: readonly Uint8Array[],
): readonly Uint8Array[] | undefined {
  switch (attack) {
    case 'damage':
      return frame.length === 0 ? undefined : [damaged(frame, random)]
    case 'garbage':
      return [random.bytes(random.pick([0, 1, 9, 300, 5_000]))]
    case 'replay':
      return sent.length === 0 ? undefined : [random.pick(sent)]
    default: {
      const decoded = decodeExchangeMessage(frame)
      const lies = decoded.ok ? lieOf(attack, decoded.value, random) : undefined
      return lies?.map((message) => encodeExchangeMessage(message))
    }
  }
}

function lieOf(
  attack: LogAttack,
  message: ExchangeMessage,
  random: SeededRandom,
): readonly ExchangeMessage[] | undefined {
  switch (attack) {
    case 'wrong-block':
      return changed(
        message,
        (piece) => wrongBlock(piece, random),
        (range) => ({
          ...range,
          blocks: oneChanged(range.blocks, random),
        }),
      )
    case 'wrong-hash':
      return wrongHash(message, random)
    case 'wrong-length':
      return wrongLength(message, random)
    case 'false-have':
      return message.type === 'have' || message.type === 'head'
        ? [falseHave(message.channel)]
        : undefined
    case 'withhold':
      return message.type === 'piece' || message.type === 'full' ? [] : undefined
    case 'deny':
      if (message.type !== 'piece') return undefined
      return [{ type: 'unavailable', channel: message.channel, request: message.request }]
    case 'bad-truncation':
      return badTruncation(message, random)
    case 'flood':
      return flood(message, random)
    default:
      return undefined
  }
}

/** A piece, or a range of a complete copy, that says something else. */
function changed(
  message: ExchangeMessage,
  ofPiece: (piece: Piece) => Piece,
  ofRange: (range: LogRange) => LogRange,
): readonly ExchangeMessage[] | undefined {
  if (message.type === 'piece' || message.type === 'answer') {
    const piece = ofPiece(message.piece)
    return piece === message.piece ? undefined : [{ ...message, piece }]
  }
  const replicated = replicatedOf(message)
  if (message.type !== 'full' || replicated?.type !== 'range') return undefined
  if (replicated.range.blocks.length === 0) return undefined
  const bytes = encodeReplicationMessage({ ...replicated, range: ofRange(replicated.range) })
  return [{ ...message, bytes }]
}

function replicatedOf(message: ExchangeMessage): ReplicationMessage | undefined {
  if (message.type !== 'full') return undefined
  const decoded = decodeReplicationMessage(message.bytes)
  return decoded.ok ? decoded.value : undefined
}

function wrongBlock(piece: Piece, random: SeededRandom): Piece {
  if (piece.blocks.length === 0) return piece
  const at = random.int(0, piece.blocks.length - 1)
  const blocks = piece.blocks.map(({ index, block }, i) =>
    i === at ? { index, block: damaged(block, random) } : { index, block },
  )
  return { ...piece, blocks }
}

function wrongHash(
  message: ExchangeMessage,
  random: SeededRandom,
): readonly ExchangeMessage[] | undefined {
  if (message.type === 'head') {
    const { upgrade } = message
    if (upgrade.peaks.length === 0) return undefined
    return [{ ...message, upgrade: { ...upgrade, peaks: oneChanged(upgrade.peaks, random) } }]
  }
  return changed(
    message,
    (piece) => {
      if (piece.nodes.length === 0) return piece
      const at = random.int(0, piece.nodes.length - 1)
      const nodes = piece.nodes.map(({ number, hash }, i) =>
        i === at ? { number, hash: damaged(hash, random) } : { number, hash },
      )
      return { ...piece, nodes }
    },
    (range) => ({ ...range, extension: oneChanged(range.extension, random) }),
  )
}

/** Heads of other lengths than those that were signed, and offers of what is not there. */
function wrongLength(
  message: ExchangeMessage,
  random: SeededRandom,
): readonly ExchangeMessage[] | undefined {
  const other = (length: number): number => Math.max(1, length + random.pick([-3, -1, 1, 2, 1_000]))
  const longer = (head: LogHead): LogHead => ({ ...head, length: other(head.length) })
  if (message.type === 'open') return [{ ...message, length: other(message.length) }]
  if (message.type === 'head') {
    const { upgrade } = message
    return [{ ...message, upgrade: { ...upgrade, head: longer(upgrade.head) } }]
  }
  const replicated = replicatedOf(message)
  if (message.type !== 'full' || replicated?.type !== 'head') return undefined
  const head = random.chance(0.5) ? longer(replicated.head) : replicated.head
  const bytes = encodeReplicationMessage({ type: 'head', head, available: head.length })
  return [{ ...message, bytes }]
}

function falseHave(channel: number): ExchangeMessage {
  const ranges = Array.from({ length: FALSE_HAVE_STRETCHES }, (_, i) => [2 * i, 2 * i + 1] as const)
  return { type: 'have', channel, isHeld: true, ranges: [...ranges, [2_000, 9_000]] }
}

function badTruncation(
  message: ExchangeMessage,
  random: SeededRandom,
): readonly ExchangeMessage[] | undefined {
  if (message.type !== 'truncation') return undefined
  const { truncation } = message
  const signature = damaged(truncation.signature, random)
  const kept = { ...truncation.kept, length: Math.max(0, truncation.kept.length - 1) }
  const bad = random.pick([
    { ...truncation, signature },
    { ...truncation, kept },
    { ...truncation, fork: truncation.fork + 1 },
  ])
  return [{ ...message, truncation: bad }]
}

/** Far more of one kind than anybody can use. */
function flood(
  message: ExchangeMessage,
  random: SeededRandom,
): readonly ExchangeMessage[] | undefined {
  if (!('channel' in message)) return undefined
  const { channel } = message
  const kind = random.int(0, 3)
  return Array.from({ length: FLOOD_FRAMES }, (_, i): ExchangeMessage => {
    if (kind === 0) {
      const want = { blocks: [[0, 1_000]] as const, nodes: [], bytesMax: 1_000_000 }
      return { type: 'want', channel, request: 1_000_000 + i, want }
    }
    if (kind === 1) return falseHave(channel)
    if (kind === 2) {
      return {
        type: 'ask',
        channel,
        request: 1_000_000 + i,
        name: 'around',
        bytes: new Uint8Array(4),
      }
    }
    const [key, proof] = [random.bytes(32), random.bytes(32)]
    return { type: 'open', channel: i, key, proof, length: 5, fork: 0, isFull: true }
  })
}

function oneChanged(list: readonly Uint8Array[], random: SeededRandom): readonly Uint8Array[] {
  if (list.length === 0) return list
  const at = random.int(0, list.length - 1)
  return list.map((bytes, i) => (i === at ? damaged(bytes, random) : bytes))
}

function damaged(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  if (bytes.length === 0) return new Uint8Array([1])
  const copy = bytes.slice()
  copy[random.int(0, copy.length - 1)]! ^= 1 << random.int(0, 7)
  return copy
}
