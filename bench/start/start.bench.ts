/** How long a peer with a million entries takes to start, and what it takes of memory: see README.md. */

import { join } from 'node:path'
import {
  appendMessages,
  foldMessages,
  foundSpace,
  LOOPBACK,
  messageText,
} from '../_support/filled-peer.ts'
import { check, isQuick, median, sleep } from '../_support/measure.ts'
import { PeerProcess } from '../_support/peer-process.ts'
import { report } from '../_support/report.ts'
import { cachedFolder } from '../_support/workspace.ts'

const ENTRIES = isQuick ? 20_000 : 1_000_000
const RUNS = isQuick ? 2 : 5
/** What starting leaves behind is collected within this time. */
const SETTLE_MS = 5_000
const MIB = 2 ** 20

const folder = await cachedFolder(`peer-${ENTRIES}`, async (unfinished) => {
  const data = join(unfinished, 'data')
  await appendMessages(data, await foundSpace(data, 'Home', ENTRIES), ENTRIES)
})
const data = join(folder, 'data')
// A peer in use has its views folded; those of an earlier run may be of an earlier version.
await foldMessages(data, ENTRIES)

const runs: Awaited<ReturnType<typeof startOnce>>[] = []
for (let run = 0; run < RUNS; run++) runs.push(await startOnce(data))
const of = (pick: (run: (typeof runs)[number]) => number): number => median(runs.map(pick))
report(import.meta.dirname, [
  { work: 'start to an open peer', value: of(({ startedMs }) => startedMs), unit: 'ms' },
  {
    work: 'start to the first view',
    value: of(({ firstViewMs }) => firstViewMs),
    unit: 'ms',
    budget: 1000,
  },
  {
    work: 'memory at the first view',
    value: of(({ now }) => now.ownBytes / MIB),
    unit: 'MiB',
    budget: 200,
  },
  {
    work: 'memory 5 s later',
    value: of(({ later }) => later.ownBytes / MIB),
    unit: 'MiB',
    budget: 200,
  },
  { work: 'with mapped files', value: of(({ later }) => later.residentBytes / MIB), unit: 'MiB' },
])

async function startOnce(data: string) {
  await using peer = new PeerProcess()
  const { space, startedMs, firstViewMs } = await peer.ask('start', { data, listen: LOOPBACK })
  const now = await peer.ask('memory')
  check((await peer.ask('lastText', space!)) === messageText(ENTRIES - 1), 'the newest message')
  await sleep(SETTLE_MS)
  return { startedMs, firstViewMs, now, later: await peer.ask('memory') }
}
