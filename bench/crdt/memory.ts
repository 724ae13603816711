/** What a process with nothing else in it needs for a loaded map, in MiB: `node --expose-gc memory.ts <contestant>`. */

import { HAMLET, openRival } from './contestants.ts'
import type { RivalName } from './contestants.ts'
import { COUNT, filledWith } from './edits.ts'
import { check } from '../_support/measure.ts'

const name = process.argv[2]!
const contestant = name === 'hamlet' ? HAMLET : await openRival(name as RivalName)
check(contestant !== undefined, `${name} is installed`)

const saved = await savedState()
const before = residentMiB()
const loaded = await contestant.load('map', 2, saved)
check(loaded.size() === COUNT, 'members after loading')
const after = residentMiB()
process.stdout.write(String(after - before))
check(loaded.size() === COUNT, 'members after measuring')

async function savedState(): Promise<Uint8Array> {
  const replica = await contestant!.create('map', 1)
  await replica.edit(filledWith('map'))
  return replica.save().slice()
}

/** Memory of WebAssembly is in it, that of the heap only as far as it is used. */
function residentMiB(): number {
  global.gc!()
  global.gc!()
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  return (rss - heapTotal + heapUsed) / 2 ** 20
}
