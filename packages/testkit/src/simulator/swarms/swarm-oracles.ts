/** What must hold of a world of swarms in the end: everybody has what they want, accounts agree, and memory was bounded. */

import { SWARM_FORGIVEN_BYTES, SWARM_FORGIVEN_PART } from '@hamlet/blobs'
import type { StreamCounts } from '../logs/log-stream.ts'
import type { Problem } from '../oracles/problem.ts'
import type { NetworkCounts } from '../sim-network.ts'
import type { SimBlob } from './swarm-blob.ts'
import type { SwarmNode } from './swarm-node.ts'
import type { SwarmHostile, SwarmWorldOptions } from './swarm-options.ts'

const MIB = 1024 * 1024
const CHUNK = 262_144
/** A window of chunks of one peer, answered in full, in both directions. */
const LINE_BYTES_MAX = 2 * 70 * CHUNK
/** Answers that were begun, and small talk. */
const OVERFULL_BYTES_MAX = 3 * MIB

/** The first thing that is not there yet. */
export function findUnfinished(
  nodes: readonly SwarmNode[],
  blobs: readonly SimBlob[],
): Problem | undefined {
  for (const node of nodes) {
    if (!node.isHonest) continue
    if (!node.isReady) return { oracle: 'arrival', detail: `${node.name} is not up` }
    for (const blob of blobs) {
      if (!blob.isWanted(node.number) || node.store?.has(blob.id)) continue
      const status = node.downloadOf(blob)?.status()
      const held = `${status?.heldBytes} of ${blob.id.sizeBytes} bytes, ${status?.state}`
      return { oracle: 'arrival', detail: `${node.name} has no blob ${blob.number}: ${held}` }
    }
  }
  return undefined
}

export interface AccountsContext {
  /** Then what was received and not signed for yet is forgotten. */
  readonly hasCrashed: boolean
  readonly options: SwarmWorldOptions
}

/** Receipts sum to what was verified: what one signed for, the other was given, and neither has more. */
export function findUnevenAccounts(
  nodes: readonly SwarmNode[],
  blobs: readonly SimBlob[],
  { hasCrashed, options }: AccountsContext,
): Problem | undefined {
  if (options.stepBytes === 0) return undefined
  for (const payer of nodes.filter(({ isHonest }) => isHonest)) {
    let paid = 0
    for (const payee of nodes) {
      const signed = payer.accounts?.paid.get(payee.device)?.totalBytes ?? 0
      paid += signed
      const earned = payee.accounts?.earned.get(payer.device) ?? 0
      const isUneven = payee.isHonest && earned > signed
      if (isUneven) return uneven(`${payee.name} earned ${earned} of ${signed} of ${payer.name}`)
    }
    const wanted = blobs
      .filter((blob) => !blob.isSeed(payer.number) && blob.isWanted(payer.number))
      .reduce((sum, { id }) => sum + id.sizeBytes, 0)
    const isExact = !hasCrashed && blobs.every(({ web }) => !web)
    if (!hasCrashed && paid > wanted) return uneven(`${payer.name} paid ${paid} for ${wanted}`)
    if (isExact && paid !== wanted) return uneven(`${payer.name} paid ${paid} for ${wanted}`)
  }
  return undefined
}

export function findExcess(
  network: NetworkCounts,
  streams: StreamCounts,
  options: SwarmWorldOptions,
): Problem | undefined {
  const hasFlood = options.hostiles.length > 0
  if (network.inFlightBytesPeak > LINE_BYTES_MAX && !hasFlood) {
    return {
      oracle: 'bounds',
      detail: `${network.inFlightBytesPeak} bytes on their way to one peer`,
    }
  }
  if (streams.overfullBytesPeak > OVERFULL_BYTES_MAX && !hasFlood) {
    return {
      oracle: 'bounds',
      detail: `${streams.overfullBytesPeak} bytes to a line that was full`,
    }
  }
  return undefined
}

function uneven(detail: string): Problem {
  return { oracle: 'accounts', detail }
}

/** Honest peers that give another honest one nothing more, since too much that went to it was never signed for. */
export function findBlocked(nodes: readonly SwarmNode[]): readonly SwarmNode[] {
  const honest = nodes.filter(({ isHonest }) => isHonest)
  return honest.filter(({ engine }) =>
    engine?.debts().some(({ peer, unsignedBytes, forgivenBytes, signedBytes }) => {
      const forgivable = SWARM_FORGIVEN_BYTES + signedBytes / SWARM_FORGIVEN_PART
      const isHonest = honest.some(({ device }) => device === peer)
      return isHonest && unsignedBytes > 0 && forgivenBytes > forgivable - CHUNK
    }),
  )
}

/** Who never signs gets a chunk of each, what is forgiven, and not a chunk more. */
export function findFreeRide(
  nodes: readonly SwarmNode[],
  { stepBytes, hostiles }: SwarmWorldOptions,
): Problem | undefined {
  if (stepBytes === 0) return undefined
  const liars = nodes.filter(({ isHonest }) => !isHonest)
  const bytesMax = CHUNK + SWARM_FORGIVEN_BYTES + CHUNK
  for (const [i, liar] of liars.entries()) {
    if (!signsNothing(hostiles[i])) continue
    for (const node of nodes.filter(({ isHonest }) => isHonest)) {
      const taken = liar.takenBytes.get(node.device) ?? 0
      if (taken <= bytesMax) continue
      return uneven(`${liar.name} signed nothing and got ${taken} of ${node.name}`)
    }
  }
  return undefined
}

function signsNothing(hostile: SwarmHostile | undefined): boolean {
  if (hostile === undefined || hostile.isStranger || hostile.rate < 1) return false
  return hostile.attacks.every((attack) => attack === 'no-receipts' || attack === 'bad-receipts')
}
