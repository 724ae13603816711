/**
 * What one seed expands to: the size of the world, its workload and its faults.
 *
 * Swarm testing (Groce et al., 2012): most seeds switch whole classes of faults off, so that the others can be
 * extreme. Everything is drawn here, before the world begins, and printed with a failing seed.
 */

import type { Ephemeral } from '@hamlet/space'
import { drawHostiles } from './hostile-options.ts'
import type { HostileOptions } from './hostile-options.ts'
import { SeededRandom } from './seeded-random.ts'
import { YEAR_MS } from './sim-clock.ts'
import type { NetworkFaults } from './sim-network.ts'

/**
 * Bugs that can be planted to see whether the oracles find them, one for each: see `canaries.ts`. They live in the
 * simulated world, never in the product.
 */
export type PlantedBug =
  | 'no-fsync'
  | 'deaf'
  | 'forgetful'
  | 'forger'
  | 'usurper'
  | 'twin'
  | 'hoarder'
  | 'passes-keys'
  | 'plaintext'
  | 'interference'
  | 'wrong-view'
  | 'silent-fork'
  | 'chance'
  | 'unlearnt'
  | 'crash'
  | 'keeps-files'
  | 'unbalanced'
  | 'lossy-ledger'
  | 'stale-ledger'
  | 'order-bound'
  | 'wrong-heads'
  | 'heeds-anyone'
  | 'bill-twice'
  | 'copies-import'
  | 'wrong-lock'

/**
 * How large worlds are. `full`: 2 to 12 devices and up to two minutes. `small`: up to 5 devices, for the smoke set of
 * `npm test`. `quick`: up to 4 devices and some seconds, many of which run in a second.
 */
export type Profile = 'full' | 'small' | 'quick'

/**
 * `covered`: only faults that the promises cover, so that everything has to be in order in the end. `anything`: disks
 * lie and people write on old backups too; then only safety is checked.
 */
export type Mode = 'covered' | 'anything'

export const PROFILES: readonly Profile[] = ['full', 'small', 'quick']

/** Plain data, so that a world can be kept as JSON. Of all `...EveryMs`, 0 means never. */
export interface WorldOptions {
  readonly seed: number
  readonly nodes: number
  readonly spaces: number
  /** Virtual time of the phase with faults. */
  readonly chaosMs: number
  /** Acts of people, each at a time of its own within `actSpanMs`; those after the chaos are left out. */
  readonly acts: number
  readonly actSpanMs: number
  /** Acts that are left out, by number: what shrinking takes away. */
  readonly omittedActs: readonly number[]
  /** Further devices of the first people; they live beside `nodes`. */
  readonly furtherDevices: number
  /** Of acts, those that change somebody's standing. */
  readonly memberActRate: number
  /** Faults and acts begin when everybody has got in. */
  readonly startsSettled: boolean
  readonly autoInviteRate: number
  /** How often an invitation may be used: one of these. With a choice, some are revoked too. */
  readonly inviteUses: readonly number[]
  readonly mode: Mode
  /** Devices that are dead or cut off when the world heals; the others must agree without them. */
  readonly outsiders: number
  readonly network: NetworkFaults
  /** `relay`: devices meet through the first one only. */
  readonly topology: 'mesh' | 'relay'
  /** A random number of devices, each by a coin, or one alone. */
  readonly partitions: 'none' | 'size' | 'uniform' | 'isolate'
  /** Of partitions, those in one direction only. */
  readonly oneWayRate: number
  readonly partitionEveryMs: number
  readonly partitionMsMax: number
  readonly clogEveryMs: number
  readonly resetEveryMs: number
  readonly crashEveryMs: number
  /** Crashes are power cuts: unsynced bytes are torn. Otherwise only the process dies. */
  readonly tornWrites: boolean
  /** A crash may lose derived indexes. */
  readonly kvLoss: boolean
  readonly pauseEveryMs: number
  /** When everybody sleeps for eight hours. 0: never. */
  readonly nightAtMs: number
  readonly syncMeanMs: number
  readonly diskFullEveryMs: number
  readonly syncFailEveryMs: number
  readonly diskLossEveryMs: number
  readonly restoreEveryMs: number
  readonly bitFlipEveryMs: number
  /** Reads that fail once or for a moment, and read well again. */
  readonly readFailEveryMs: number
  /** Writes that fail once or for a moment, of which nothing is on the disk. */
  readonly appendFailEveryMs: number
  /** Wall clocks are wrong by up to this much, either way. */
  readonly clockSkewMs: number
  readonly clockDriftPpm: number
  /** Clocks swing by up to this much, once a minute. */
  readonly clockSwingMs: number
  readonly clockStepEveryMs: number
  /** Nodes that start only in the middle of the chaos. */
  readonly lateNodes: number
  /** Whoever founded the space goes away while others join. */
  readonly inviterLeaves: boolean
  /** The last nodes, one each. */
  readonly hostiles: readonly HostileOptions[]
  /** The state is made anew from the logs, in another order, and compared. */
  readonly replays: boolean
  /** When two people who each see the other below themselves put each other out. 0: never. */
  readonly feudAtMs: number
  /** People reset their devices that signed two histories. */
  readonly resetsForks: boolean
  /** Of devices, those whose software is the later version from the beginning. */
  readonly laterRate: number
  /** How often a device is upgraded to the later version. */
  readonly upgradeEveryMs: number
  /** Owners with the later version raise the rules to those that only it knows. */
  readonly raisesRules: boolean
  /** Some of them twice at once, on two devices that are apart. */
  readonly resetsApart: boolean
  /** Spaces are founded so that messages disappear. */
  readonly disappearing: Ephemeral | null
  /** Of what people write, so much is in a ledger that they keep beside the chat. 0: they keep none. */
  readonly ledgerRate: number
  /** Of what hostile members write there, so much is meant to harm. */
  readonly ledgerHarmRate: number
  readonly plantedBug?: PlantedBug
}

const NEVER_MS = 0
/** What worlds kept from before these options came do not have. */
export const ADDED_LATER = {
  readFailEveryMs: NEVER_MS,
  appendFailEveryMs: NEVER_MS,
  feudAtMs: NEVER_MS,
  resetsForks: false,
  laterRate: 0,
  upgradeEveryMs: NEVER_MS,
  raisesRules: false,
  resetsApart: false,
  disappearing: null,
  ledgerRate: 0,
  ledgerHarmRate: 0,
} as const
const MINUTE_MS = 60_000

interface Size {
  readonly nodes: number
  readonly chaosMs: number
  readonly acts: number
}

export function drawOptions(seed: number, profile: Profile = 'full'): WorldOptions {
  const random = new SeededRandom(seed).fork('options')
  const { nodes, chaosMs, acts } = limitSize(profile, drawSize(random))
  const spaces = random.chance(0.2) ? 2 : 1
  const mode = random.chance(0.15) ? 'anything' : 'covered'
  return {
    ...{ seed, nodes, spaces, chaosMs, acts, actSpanMs: chaosMs, omittedActs: [] },
    furtherDevices: random.chance(0.25) ? random.int(1, 2) : 0,
    memberActRate: random.pick([0, 0, 0.1, 0.4, 0.8]),
    startsSettled: random.chance(0.6),
    autoInviteRate: random.pick([0, 0.3, 1]),
    inviteUses: spaces === 1 && random.chance(0.5) ? [1, 1, 3, 1_000] : [1_000],
    mode,
    outsiders: nodes > 2 && random.chance(0.3) ? random.int(1, nodes - 2) : 0,
    network: drawNetwork(random),
    ...drawLinkFaults(random, chaosMs),
    ...drawDeviceFaults(random, chaosMs),
    ...drawDiskFaults(random, mode),
    ...drawClockFaults(random),
    lateNodes: random.chance(0.3) ? 1 : 0,
    inviterLeaves: random.chance(0.3),
    ...withoutRestores(mode, drawHostiles(random, nodes)),
    replays: random.chance(0.4),
    // Drawn last, as whatever is added: the draws before stay as they were.
    readFailEveryMs: random.chance(0.12) ? random.int(2, 20) * 1_000 : NEVER_MS,
    feudAtMs: random.chance(0.15) ? random.int(1, Math.floor(chaosMs / 2)) : NEVER_MS,
    appendFailEveryMs: random.chance(0.1) ? random.int(2, 20) * 1_000 : NEVER_MS,
    resetsForks: random.chance(0.6),
    ...drawVersions(random),
    resetsApart: new SeededRandom(seed).fork('resets apart').chance(0.5),
    ...drawDisappearing(new SeededRandom(seed).fork('disappearing')),
    ...drawLedger(new SeededRandom(seed).fork('ledger')),
  }
}

/** Without a night: whoever is awake in it announces a new prekey every minute or two, for eight hours. */
function drawDisappearing(
  random: SeededRandom,
): Pick<WorldOptions, 'disappearing'> & Partial<Pick<WorldOptions, 'nightAtMs'>> {
  if (!random.chance(0.08)) return { disappearing: null }
  const [rotateEntries, keepMs] = [random.pick([2, 10, 500]), random.pick([1, 2]) * MINUTE_MS]
  return { disappearing: { rotateMs: MINUTE_MS, rotateEntries, keepMs }, nightAtMs: NEVER_MS }
}

/** In worlds without a ledger nothing of it is there, so they are what they were before there was one. */
function drawLedger(random: SeededRandom): Pick<WorldOptions, 'ledgerRate' | 'ledgerHarmRate'> {
  if (!random.chance(0.4)) return { ledgerRate: 0, ledgerHarmRate: 0 }
  return { ledgerRate: random.pick([0.4, 0.7, 1]), ledgerHarmRate: random.pick([0.3, 0.8]) }
}

/** If only a hostile device holds what a backup lacks, nobody can promise that it is given back. */
function withoutRestores(
  mode: Mode,
  hostiles: readonly HostileOptions[],
): Pick<WorldOptions, 'hostiles'> & Partial<Pick<WorldOptions, 'restoreEveryMs'>> {
  const excludes = mode === 'covered' && hostiles.length > 0
  return { hostiles, ...(excludes ? { restoreEveryMs: NEVER_MS } : {}) }
}

/** In a third of worlds some have updated, or do while it goes on. */
function drawVersions(
  random: SeededRandom,
): Pick<WorldOptions, 'laterRate' | 'upgradeEveryMs' | 'raisesRules'> {
  const [isMixed, laterRate] = [random.chance(0.35), random.pick([0, 0.3, 0.5])]
  const upgradeEveryMs =
    laterRate === 0 || random.chance(0.6) ? random.int(1, 10) * 1_000 : NEVER_MS
  const raisesRules = random.chance(0.4)
  if (!isMixed) return { laterRate: 0, upgradeEveryMs: NEVER_MS, raisesRules: false }
  return { laterRate, upgradeEveryMs, raisesRules }
}

function drawSize(random: SeededRandom): Size {
  const nodes = random.chance(0.1) ? random.int(7, 12) : random.int(2, 6)
  return { nodes, chaosMs: random.int(20, 120) * 1_000, acts: random.int(20, 100) }
}

function limitSize(profile: Profile, { nodes, chaosMs, acts }: Size): Size {
  if (profile === 'full') return { nodes, chaosMs, acts }
  if (profile === 'small') {
    const [shorterMs, fewer] = [Math.min(chaosMs, 40_000), Math.min(acts, 40)]
    return { nodes: Math.min(nodes, 5), chaosMs: shorterMs, acts: fewer }
  }
  const few = nodes > 5 ? 4 : nodes > 3 ? 3 : 2
  return { nodes: few, chaosMs: 6_000 + chaosMs / 10, acts: 10 + Math.floor(acts / 5) }
}

export function drawNetwork(random: SeededRandom): NetworkFaults {
  return {
    delayMeanMs: random.pick([5, 20, 100, 1_000, 3_000]),
    lossRate: random.pick([0, 0, 0.01, 0.1, 0.3]),
    duplicateRate: random.pick([0, 0, 0.05, 0.3]),
    reorderRate: random.pick([0, 0, 0.05, 0.3]),
    congestionRate: random.pick([0, 0, 0.1, 0.5]),
    bytesPerSecond: random.pick([0, 0, 0, 2_000, 20_000]),
    messagesMax: random.chance(0.2) ? random.int(2, 20) : 0,
  }
}

export function drawLinkFaults(random: SeededRandom, chaosMs: number) {
  return {
    topology: random.chance(0.1) ? ('relay' as const) : ('mesh' as const),
    partitions: random.pick(['none', 'none', 'none', 'size', 'uniform', 'isolate'] as const),
    oneWayRate: random.pick([0, 0.5, 1]),
    partitionEveryMs: random.int(5, 40) * 1_000,
    partitionMsMax: Math.round(Math.min(30_000, chaosMs / 2)),
    clogEveryMs: random.chance(0.2) ? random.int(3, 20) * 1_000 : NEVER_MS,
    resetEveryMs: random.chance(0.4) ? random.int(1, 20) * 1_000 : NEVER_MS,
  }
}

export function drawDeviceFaults(random: SeededRandom, chaosMs: number) {
  return {
    crashEveryMs: random.chance(0.5) ? random.int(5, 60) * 1_000 : NEVER_MS,
    tornWrites: random.chance(0.7),
    kvLoss: random.chance(0.5),
    pauseEveryMs: random.chance(0.2) ? random.int(3, 30) * 1_000 : NEVER_MS,
    nightAtMs: random.chance(0.05) ? Math.round(chaosMs / 2) : NEVER_MS,
  }
}

export function drawDiskFaults(random: SeededRandom, mode: Mode) {
  return {
    syncMeanMs: random.pick([0, 2, 20, 200]),
    diskFullEveryMs: random.chance(0.15) ? random.int(10, 40) * 1_000 : NEVER_MS,
    syncFailEveryMs: random.chance(0.1) ? random.int(5, 30) * 1_000 : NEVER_MS,
    diskLossEveryMs: random.chance(0.08) ? random.int(10, 60) * 1_000 : NEVER_MS,
    restoreEveryMs: random.chance(0.1) ? random.int(8, 40) * 1_000 : NEVER_MS,
    bitFlipEveryMs:
      mode === 'anything' && random.chance(0.5) ? random.int(3, 20) * 1_000 : NEVER_MS,
  }
}

export function drawClockFaults(random: SeededRandom) {
  return {
    clockSkewMs: random.pick([0, 0, 2_000, 4 * MINUTE_MS, 30 * MINUTE_MS, YEAR_MS]),
    clockDriftPpm: random.pick([0, 0, 100, 5_000]),
    clockSwingMs: random.pick([0, 0, 0, 1_000, 10 * MINUTE_MS]),
    clockStepEveryMs: random.chance(0.2) ? random.int(5, 60) * 1_000 : NEVER_MS,
  }
}
