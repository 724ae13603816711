/** What is told of a transfer: for progress bars, lists of sources and the command line. */

import type { SourceStatus, TransferStatus } from './swarm-types.ts'
import type { WebSource } from './web-source.ts'
import type { Swarm, SwarmChannel } from './swarm-state.ts'

export function transferStatus(
  swarm: Swarm,
  webSources: readonly WebSource[],
  nowMs: number,
): TransferStatus {
  const { loading, heldBytes } = swarm
  const rate = swarm.down.bytesPerSecond(nowMs)
  const missingBytes = swarm.id.sizeBytes - heldBytes
  const state = loading?.state ?? 'seeding'
  return {
    id: swarm.id,
    state,
    heldBytes,
    receivedBytes: swarm.down.total,
    sentBytes: swarm.up.total,
    wastedBytes: swarm.wastedBytes,
    receivedBytesPerSecond: rate,
    sentBytesPerSecond: swarm.up.bytesPerSecond(nowMs),
    remainingMs: state === 'loading' && rate >= 1 ? (1000 * missingBytes) / rate : undefined,
    availability: state === 'seeding' ? undefined : loading?.picker.availability,
    sources: [
      ...[...swarm.channels].map((channel) => peerStatus(channel, nowMs)),
      ...webSources.map((source) => webStatus(source, nowMs)),
    ],
    errorCode: loading?.errorCode,
  }
}

function peerStatus(channel: SwarmChannel, nowMs: number): SourceStatus {
  const { line } = channel
  return {
    name: line.peer,
    kind: 'peer',
    heldChunks: channel.held.size,
    isChoking: line.isChokedByPeer,
    isChoked: line.isChoking,
    isInterested: channel.isPeerInterested,
    isLate: line.estimate.strikes > 0,
    askedChunks: channel.asked.size,
    receivedBytes: channel.receivedBytes,
    sentBytes: channel.sentBytes,
    receivedBytesPerSecond: line.down.bytesPerSecond(nowMs),
    sentBytesPerSecond: line.up.bytesPerSecond(nowMs),
  }
}

function webStatus(source: WebSource, nowMs: number): SourceStatus {
  return {
    name: source.seed.name,
    kind: 'web',
    heldChunks: source.held.size,
    isChoking: false,
    isChoked: true,
    isInterested: false,
    isLate: false,
    askedChunks: source.readCount,
    receivedBytes: source.down.total,
    sentBytes: 0,
    receivedBytesPerSecond: source.down.bytesPerSecond(nowMs),
    sentBytesPerSecond: 0,
  }
}
