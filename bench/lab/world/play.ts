/** Plays a script on a system and hands back what was observed. */

import { assert } from '@hamlet/core'
import { CALM_NETWORK, Scheduler, SeededRandom } from '@hamlet/testkit/simulator'
import { CountingNetwork } from './counting-network.ts'
import type { KindCount } from './counting-network.ts'
import { HamletSystem } from './hamlet-system.ts'
import type { LabGround, LabSystem } from './lab-system.ts'
import { QuorumSystem } from './quorum-system.ts'
import { Recorder } from './recorder.ts'
import { deviceCount, isAwake } from './script.ts'
import type { Script } from './script.ts'

/** Mean of a disk's sync, in both systems. */
export const SYNC_MEAN_MS = 5

export type SystemName = 'hamlet' | 'quorum'

/** By kind of message. */
export type Traffic = ReadonlyMap<string, Readonly<KindCount>>

export interface Play {
  readonly script: Script
  readonly system: SystemName
  readonly recorder: Recorder
  /** During the play, without setting up and settling. */
  readonly traffic: Traffic
  /** On one device's disk at the end: before and after the play. */
  readonly storedBytes: { readonly before: number; readonly after: number }
  /** Writes that were acknowledged and are missing on some device after settling. */
  readonly lost: number
  /** Writes that were asked for and are missing on some device after settling. */
  readonly missing: number
  readonly disagreement: string | undefined
}

export interface PlayOptions {
  readonly seed: number
  readonly system: SystemName
  /** The baseline counts majorities of all members, or of those with a device that takes part. @default members */
  readonly quorumOf?: 'members' | 'devices'
  /** The hostile member does to what it sends; otherwise it is honest. */
  readonly isHostile?: boolean
}

export async function play(script: Script, options: PlayOptions): Promise<Play> {
  const scheduler = new Scheduler()
  const random = new SeededRandom(options.seed).fork('network')
  const network = new CountingNetwork(scheduler, random, () => undefined)
  network.faults = { ...CALM_NETWORK, delayMeanMs: script.delayMeanMs }
  let beganMs = 0
  const recorder = new Recorder(() => scheduler.nowMs - beganMs)
  const system = createSystem(script, { scheduler, network, recorder }, options)
  await system.setUp()
  beganMs = scheduler.nowMs
  const before = { traffic: network.snapshot(), stored: system.storedBytes(0) }
  system.isPlaying = true
  schedule(script, system, { scheduler, network, recorder })
  await scheduler.run(beganMs + script.playMs)
  const traffic = trafficSince(before.traffic, network.snapshot())
  await settle(script, system, scheduler)
  system.isPlaying = false
  return {
    ...{ script, system: options.system, recorder, traffic },
    storedBytes: { before: before.stored, after: system.storedBytes(0) },
    ...(await findMissing(system, recorder)),
    disagreement: await system.findDisagreement(),
  }
}

function createSystem(script: Script, ground: LabGround, options: PlayOptions): LabSystem {
  const { seed, system, quorumOf = 'members', isHostile = false } = options
  const devices = deviceCount(script)
  const shared = { seed, devices, syncMeanMs: SYNC_MEAN_MS }
  const withholder = isHostile ? script.hostile : undefined
  if (system === 'quorum') {
    const members = quorumOf === 'members' ? script.members : devices
    return new QuorumSystem(ground, { ...shared, members, withholder })
  }
  const { members, admin } = script
  return new HamletSystem(ground, { ...shared, members, admin, withholder })
}

function trafficSince(before: Traffic, after: Traffic): Traffic {
  const pairs = [...after].map(([kind, { messages, bytes }]) => {
    const earlier = before.get(kind) ?? { messages: 0, bytes: 0 }
    return [kind, { messages: messages - earlier.messages, bytes: bytes - earlier.bytes }] as const
  })
  return new Map(pairs.filter(([, { messages }]) => messages > 0))
}

function schedule(script: Script, system: LabSystem, ground: LabGround): void {
  const { scheduler, network } = ground
  scheduleDays(script, system, ground)
  let lastMs = 0
  for (const { fromMs, toMs, groups } of script.partitions) {
    assert(fromMs >= lastMs && toMs > fromMs, 'one partition after the other')
    lastMs = toMs
    scheduler.after(fromMs, () => network.setCuts(cutsBetween(groups, system.devices)))
    scheduler.after(toMs, () => network.setCuts([]))
  }
  for (const { atMs, pair } of script.resets) {
    scheduler.after(atMs, () => network.reset(system.devices[pair[0]]!, system.devices[pair[1]]!))
  }
  for (const { atMs, member, kind, text } of script.acts) {
    assert(isAwake(script, member, atMs), 'who acts is awake')
    scheduler.after(atMs, () => {
      if (kind === 'write') system.write(member, text)
      else system.read(member)
    })
  }
}

function scheduleDays(script: Script, system: LabSystem, { scheduler }: LabGround): void {
  for (const member of system.devices.keys()) {
    if (!isAwake(script, member, 0)) system.stop(member)
  }
  for (const { member, fromMs, toMs } of script.awake) {
    if (fromMs > 0) scheduler.after(fromMs, () => void system.start(member))
    if (toMs < script.playMs) scheduler.after(toMs, () => system.stop(member))
  }
}

/** Whoever shares no group. */
function cutsBetween(groups: readonly (readonly number[])[], devices: readonly string[]) {
  const isJoined = (a: number, b: number): boolean =>
    groups.some((group) => group.includes(a) && group.includes(b))
  return devices.flatMap((a, i) =>
    devices.flatMap((b, j) => (i === j || isJoined(i, j) ? [] : [[a, b] as const])),
  )
}

/** Everybody is awake and nothing is cut. */
async function settle(script: Script, system: LabSystem, scheduler: Scheduler): Promise<void> {
  for (const member of system.devices.keys()) {
    if (!isAwake(script, member, script.playMs - 1)) void system.start(member)
  }
  await scheduler.run(scheduler.nowMs + script.settleMs)
}

async function findMissing(
  system: LabSystem,
  recorder: Recorder,
): Promise<{ readonly lost: number; readonly missing: number }> {
  const missing = new Set<string>()
  for (const member of system.devices.keys()) {
    const texts = new Set(await system.textsAt(member))
    for (const { text } of recorder.writes) if (!texts.has(text)) missing.add(text)
  }
  const lost = recorder.writes.filter(({ text, acknowledgedMs }) => {
    return acknowledgedMs !== undefined && missing.has(text)
  })
  return { lost: lost.length, missing: missing.size }
}
