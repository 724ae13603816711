/** How long a message takes from one device to another: see README.md. */

import { LOOPBACK } from '../_support/filled-peer.ts'
import { check, isQuick, quantile } from '../_support/measure.ts'
import { PeerProcess } from '../_support/peer-process.ts'
import { report } from '../_support/report.ts'
import { createWorkspace } from '../_support/workspace.ts'
import { measureFloor } from './floor.ts'

const MESSAGES = isQuick ? 50 : 600
/** Not counted: code that is not compiled yet, connections that are not warm. */
const WARM_UP = isQuick ? 10 : 100
const PAUSE_MS = 10

using workspace = createWorkspace()
const floorBefore = await measureFloor(workspace, MESSAGES / 2, PAUSE_MS)
const delays = await measureDelays()
const floorAfter = await measureFloor(workspace, MESSAGES / 2, PAUSE_MS)
const floor = [...floorBefore, ...floorAfter]
report(
  import.meta.dirname,
  [
    { name: 'p50', fraction: 0.5, budget: 30 },
    { name: 'p99', fraction: 0.99, budget: 100 },
  ].map(({ name, fraction, budget }) => ({
    work: `message to the other screen, ${name}`,
    value: quantile(delays, fraction),
    unit: 'ms',
    floor: quantile(floor, fraction),
    budget,
  })),
)

async function measureDelays(): Promise<readonly number[]> {
  await using anna = new PeerProcess()
  await using ben = new PeerProcess()
  await anna.ask('start', { data: workspace.path('anna'), listen: LOOPBACK })
  await ben.ask('start', { data: workspace.path('ben'), listen: LOOPBACK })
  const space = await anna.ask('create', 'Home')
  await ben.ask('join', await anna.ask('invite', space), 'Ben')
  await ben.ask('joined', space)
  await ben.ask('watch')
  const texts = Array.from({ length: WARM_UP + MESSAGES }, (_, i) => `message ${i}`)
  const sent = await anna.ask('sendEach', space, texts, PAUSE_MS)
  const arrived = new Map(await ben.ask('arrivals', texts.length))
  const delays = texts.map((text, i) => {
    const at = arrived.get(text)
    check(at !== undefined && at > sent[i]!, `${text} arrived after it was sent`)
    return at - sent[i]!
  })
  return delays.slice(WARM_UP)
}
