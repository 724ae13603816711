/**
 * Bugs planted in the simulated world, one for each oracle: a campaign that does not find them is not looking.
 *
 * Nothing of this is in the product: a device's disk, network, clockwork or copy is made to misbehave, or what an oracle
 * is given is falsified where no port could do it.
 */

import { utf8 } from '@hamlet/core'
import type { Disk } from '@hamlet/core'
import { PLAINTEXT_MARK } from './chat-acts.ts'
import { deafTo } from './deaf-net.ts'
import type { NodeNet } from './sim-net.ts'
import { CALM_NETWORK } from './sim-network.ts'
import type { PlantedBug, WorldOptions } from './world-options.ts'

export interface Canary {
  readonly bug: PlantedBug
  /** What the world is like that has the bug. */
  readonly change: Partial<WorldOptions>
  /** The oracles that may notice first. */
  readonly noticedBy: RegExp
}

const CALM: Partial<WorldOptions> = { mode: 'covered', outsiders: 0, hostiles: [] }
const SETTLED: Partial<WorldOptions> = { ...CALM, startsSettled: true, nightAtMs: 0 }

const FORKING: Partial<WorldOptions> = {
  ...SETTLED,
  ...{ nodes: 5, chaosMs: 20_000, acts: 60, actSpanMs: 20_000, memberActRate: 0 },
  hostiles: [{ rank: 'member', attacks: ['equivocate'], rate: 0 }],
}

const LEDGER: Partial<WorldOptions> = {
  ...SETTLED,
  ...{ memberActRate: 0, spaces: 1, ledgerRate: 1, acts: 60, laterRate: 0, disappearing: null },
}
/** Calm, so that the hostile member soon sees what others have said. */
const HARMED: Partial<WorldOptions> = {
  ...LEDGER,
  ...{ nodes: 3, chaosMs: 20_000, acts: 200, actSpanMs: 20_000, replays: false },
  ...{ crashEveryMs: 0, clockSkewMs: 0, clogEveryMs: 0, pauseEveryMs: 0, syncMeanMs: 0 },
  ...{ partitions: 'none', lateNodes: 0, inviterLeaves: false, feudAtMs: 0, ledgerHarmRate: 0.9 },
  network: { ...CALM_NETWORK, delayMeanMs: 5 },
  hostiles: [{ rank: 'member', attacks: [], rate: 0 }],
}

export const CANARIES: readonly Canary[] = [
  {
    bug: 'no-fsync',
    change: { ...CALM, crashEveryMs: 4_000, tornWrites: true },
    noticedBy: /no lost write|no crash|honesty|convergence/,
  },
  { bug: 'deaf', change: CALM, noticedBy: /convergence/ },
  { bug: 'forgetful', change: SETTLED, noticedBy: /no lost write/ },
  { bug: 'twin', change: FORKING, noticedBy: /honesty|convergence/ },
  { bug: 'forger', change: SETTLED, noticedBy: /no forgery/ },
  { bug: 'usurper', change: FORKING, noticedBy: /no usurper/ },
  { bug: 'interference', change: { ...SETTLED, replays: true }, noticedBy: /non-interference/ },
  { bug: 'passes-keys', change: { ...SETTLED, memberActRate: 0.8 }, noticedBy: /secrecy/ },
  { bug: 'plaintext', change: SETTLED, noticedBy: /nothing readable/ },
  { bug: 'wrong-view', change: SETTLED, noticedBy: /chat model/ },
  { bug: 'silent-fork', change: FORKING, noticedBy: /fork proofs/ },
  { bug: 'hoarder', change: SETTLED, noticedBy: /bounds/ },
  {
    bug: 'unlearnt',
    change: { ...SETTLED, memberActRate: 0, laterRate: 0.5, upgradeEveryMs: 4_000 },
    noticedBy: /versions/,
  },
  { bug: 'chance', change: SETTLED, noticedBy: /determinism/ },
  { bug: 'crash', change: SETTLED, noticedBy: /no crash/ },
  {
    bug: 'keeps-files',
    change: {
      ...SETTLED,
      disappearing: { rotateMs: 60_000, rotateEntries: 10, keepMs: 60_000 },
    },
    noticedBy: /disappearing/,
  },
  { bug: 'unbalanced', change: LEDGER, noticedBy: /ledger sum/ },
  { bug: 'lossy-ledger', change: LEDGER, noticedBy: /^ledger$/ },
  { bug: 'stale-ledger', change: LEDGER, noticedBy: /ledger anew/ },
  { bug: 'order-bound', change: LEDGER, noticedBy: /ledger order/ },
  { bug: 'wrong-heads', change: LEDGER, noticedBy: /ledger model/ },
  { bug: 'heeds-anyone', change: HARMED, noticedBy: /ledger model/ },
  { bug: 'bill-twice', change: LEDGER, noticedBy: /ledger once/ },
  { bug: 'copies-import', change: LEDGER, noticedBy: /ledger once/ },
  { bug: 'wrong-lock', change: LEDGER, noticedBy: /ledger locks/ },
]

/** A sync says it is done and has done nothing. */
export function withoutSync(disk: Disk): Disk {
  return {
    open: async (path) => {
      const file = await disk.open(path)
      return {
        get sizeBytes() {
          return file.sizeBytes
        },
        read: (offset, length) => file.read(offset, length),
        append: (...parts) => file.append(...parts),
        writeAt: (offset, ...parts) => file.writeAt(offset, ...parts),
        truncate: (sizeBytes) => file.truncate(sizeBytes),
        sync: async () => undefined,
        close: () => file.close(),
      }
    },
    list: (directory) => disk.list(directory),
    write: (path, bytes) => disk.write(path, bytes),
    readAll: (path) => disk.readAll(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (directory) => disk.syncDirectory(directory),
  }
}

const HOARD_BYTES = 1_000_000
const HOARD_MESSAGES = 10

/** The network of the device that has the bug. */
export function plantInNet(bug: PlantedBug | undefined, net: NodeNet, other: string): NodeNet {
  switch (bug) {
    case 'deaf':
      return deafTo(net, other)
    case 'plaintext':
      return sendingAlso(net, [utf8(`${PLAINTEXT_MARK} of a message`)])
    case 'hoarder':
      return sendingAlso(
        net,
        Array.from({ length: HOARD_MESSAGES }, () => new Uint8Array(HOARD_BYTES)),
      )
    case 'chance':
      return withChance(net)
    default:
      return net
  }
}

/** Beside every message it sends others, which nobody listens to. */
function sendingAlso(net: NodeNet, others: readonly Uint8Array[]): NodeNet {
  return {
    ...facesOf(net),
    send: (peer, protocol, bytes) => {
      for (const other of others) net.send(peer, '/planted/1', other)
      return net.send(peer, protocol, bytes)
    },
  }
}

/** It tosses a coin that is not the world's. */
function withChance(net: NodeNet): NodeNet {
  return {
    ...facesOf(net),
    send: (peer, protocol, bytes) => {
      if (Math.random() < 0.5) net.send(peer, '/planted/1', bytes)
      return net.send(peer, protocol, bytes)
    },
  }
}

function facesOf(net: NodeNet): NodeNet {
  return {
    self: net.self,
    get banned() {
      return net.banned
    },
    peers: () => net.peers(),
    send: (peer, protocol, bytes) => net.send(peer, protocol, bytes),
    disconnect: (peer, reason, banMs) => net.disconnect(peer, reason, banMs),
    subscribe: (handler) => net.subscribe(handler),
  }
}
