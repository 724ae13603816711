/** How a failing world of swarms is made smaller: each takes one class of faults or acts away, or makes one number plainer. */

import type { Simpler } from '../shrink.ts'
import type { SwarmWorldOptions } from './swarm-options.ts'

export const SIMPLER_SWARMS: readonly Simpler<SwarmWorldOptions>[] = [
  () => ({ hostiles: [] }),
  ({ hostiles }) => ({ hostiles: hostiles.map((it) => ({ ...it, attacks: it.attacks.slice(1) })) }),
  ({ hostiles }) => ({
    hostiles: hostiles.map((it) => ({ ...it, attacks: it.attacks.slice(0, 1) })),
  }),
  ({ blobs }) => ({ blobs: blobs.slice(1) }),
  ({ blobs }) => ({ blobs: blobs.slice(0, 1) }),
  ({ blobs }) => ({ blobs: blobs.map((blob) => ({ ...blob, web: 'none' })) }),
  ({ blobs }) => ({ blobs: blobs.map((blob) => ({ ...blob, isTold: false })) }),
  ({ blobs }) => ({
    blobs: blobs.map((blob) => ({ ...blob, leechers: blob.leechers.slice(0, 1) })),
  }),
  ({ blobs }) => ({ blobs: blobs.map((blob) => ({ ...blob, seeds: blob.seeds.slice(0, 1) })) }),
  () => ({ stepBytes: 0 }),
  () => ({ uploadBytesPerSecond: 0 }),
  () => ({ downloadBytesPerSecond: 0 }),
  () => ({ slots: 8 }),
  () => ({ pieceBytes: 1024 * 1024 }),
  () => ({ reusesMemory: false }),
  () => ({ partitions: 'none' }),
  () => ({ clogEveryMs: 0 }),
  () => ({ resetEveryMs: 0 }),
  () => ({ pauseEveryMs: 0 }),
  () => ({ nightAtMs: 0 }),
  () => ({ syncFailEveryMs: 0 }),
  () => ({ readFailEveryMs: 0 }),
  () => ({ appendFailEveryMs: 0 }),
  () => ({ diskFullEveryMs: 0 }),
  () => ({ crashEveryMs: 0 }),
  () => ({ tornWrites: false }),
  () => ({ syncMeanMs: 0 }),
  () => ({ clockSkewMs: 0 }),
  () => ({ clockDriftPpm: 0 }),
  () => ({ clockSwingMs: 0 }),
  () => ({ clockStepEveryMs: 0 }),
  ({ network }) => ({ network: { ...network, lossRate: 0 } }),
  ({ network }) => ({ network: { ...network, duplicateRate: 0 } }),
  ({ network }) => ({ network: { ...network, reorderRate: 0 } }),
  ({ network }) => ({ network: { ...network, congestionRate: 0 } }),
  ({ network }) => ({ network: { ...network, bytesPerSecond: 0 } }),
  ({ network }) => ({ network: { ...network, delayMeanMs: 2 } }),
]
