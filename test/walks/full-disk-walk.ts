/**
 * A full disk: under the peer that loads, where the files are written, and under the peer that shares. Each is said in plain words, loses
 * nothing, and goes on once there is room.
 *
 * On a real file system (a tmpfs, Linux as root); elsewhere no file may grow beyond a size, and room comes with another start.
 */

import { performance } from 'node:perf_hooks'
import type { Share } from '@hamlet/http'
import { eventually } from '../e2e/_peers.ts'
import type { CommandResult, TestPeer } from '../e2e/_peers.ts'
import { SmallDisk } from '../e2e/_small-disk.ts'
import { Crowd, downOf, knownShare, SPACE } from './crowd.ts'
import { digestsOf, makeFile, requireSame } from './test-folder.ts'
import { secondsSince, sizeText } from './walk-report.ts'
import type { WalkReport } from './walk-report.ts'

const MIB = 2 ** 20
const FILE_BYTES = 48 * MIB
const DISK_MIB = 128
/** Some of the file finds room, and not all. */
const ROOM_BYTES = 20 * MIB
const FULL_WORDS = /disk is full|no room|no space/i
const FULL_MS_MAX = 120_000

export async function walkFullDisk(report: WalkReport): Promise<void> {
  await using crowd = await Crowd.create()
  const disks: SmallDisk[] = []
  try {
    for (const name of ['Ben', 'Cleo', 'out']) {
      const disk = await SmallDisk.mount(crowd.folder(name), DISK_MIB)
      if (typeof disk !== 'string') disks.push(disk)
      else report.reduced(`no full disk: a file system could not be mounted (${disk})`)
    }
    const [benDisk, cleoDisk, outDisk] = disks
    if (benDisk === undefined || cleoDisk === undefined || outDisk === undefined) return
    const ana = await crowd.member('Ana')
    const digest = await makeFile(crowd.folder('film.bin'), FILE_BYTES)
    await ana.json('share', crowd.folder('film.bin'), '--space', SPACE)
    const ben = await crowd.member('Ben')
    await report.check('the disk of who loads is full', () => {
      return loadsOnFullDisk(ben, benDisk, crowd.folder('ben-out'), digest)
    })
    await report.check('the disk that the files are written to is full', () => {
      return writesToFullDisk(ben, outDisk, digest)
    })
    const cleo = await crowd.member('Cleo')
    await report.check('the disk of who shares is full', () => {
      return sharesOnFullDisk(cleo, ana, cleoDisk, crowd)
    })
  } finally {
    await crowd.peers.kill()
    for (const disk of disks) await disk.unmount()
  }
}

async function loadsOnFullDisk(
  ben: TestPeer,
  disk: SmallDisk,
  out: string,
  digest: string,
): Promise<string> {
  const { id } = await knownShare(ben, 'film.bin')
  await disk.fill(ROOM_BYTES)
  const getting = ben.run('get', 'film.bin', '-o', out)
  const full = await eventually(
    'it says that the disk is full',
    () => downOf(ben, id),
    (down) => down?.state === 'waiting' && down.reason !== undefined,
    FULL_MS_MAX,
  )
  const told = (await ben.run('transfers')).stdout
  if (!FULL_WORDS.test(told)) throw new Error(`hamlet transfers: ${told}`)
  await disk.free()
  const freedMs = performance.now()
  const { exitCode, stderr } = await getting
  if (exitCode !== 0) throw new Error(`hamlet get: ${stderr}`)
  if (!FULL_WORDS.test(stderr)) throw new Error(`hamlet get said only: ${stderr}`)
  requireSame(await digestsOf(out), new Map([['film.bin', digest]]))
  return `${full!.reason} with ${sizeText(full!.heldBytes)} there; whole ${secondsSince(freedMs)} after it was freed, with no restart`
}

async function writesToFullDisk(ben: TestPeer, disk: SmallDisk, digest: string): Promise<string> {
  await disk.fill(ROOM_BYTES)
  const refused = await ben.run('get', 'film.bin', '-o', disk.directory)
  requireFull(refused)
  await disk.free()
  const again = await ben.run('get', 'film.bin', '-o', disk.directory)
  if (again.exitCode !== 0) throw new Error(again.stderr)
  requireSame(await digestsOf(disk.directory), new Map([['film.bin', digest]]))
  return `${lastLine(refused.stderr)}; written by the same command afterwards`
}

async function sharesOnFullDisk(
  cleo: TestPeer,
  ana: TestPeer,
  disk: SmallDisk,
  crowd: Crowd,
): Promise<string> {
  await makeFile(crowd.folder('note.bin'), MIB)
  await makeFile(crowd.folder('large.bin'), FILE_BYTES)
  await cleo.json('share', crowd.folder('note.bin'), '--space', SPACE)
  await disk.fill(ROOM_BYTES)
  const refused = await cleo.run('share', crowd.folder('large.bin'), '--space', SPACE)
  requireFull(refused)
  const shares = await cleo.json<readonly Share[]>('files', 'list')
  const names = shares.map(({ name }) => name)
  if (names.includes('large.bin')) throw new Error('what does not fit is shared')
  const note = shares.find(({ name }) => name === 'note.bin')
  if (note?.heldBytes !== MIB) throw new Error('what was there before is not')
  await disk.free()
  await cleo.json('share', crowd.folder('large.bin'), '--space', SPACE)
  const { totalBytes } = await knownShare(ana, 'large.bin')
  return `${lastLine(refused.stderr)}; what was shared before is there, and ${sizeText(totalBytes)} are shared after it was freed`
}

/** Refused, in words a person understands. */
function requireFull({ exitCode, stderr }: CommandResult): void {
  if (exitCode === 1 && FULL_WORDS.test(stderr) && !/\n\s+at /.test(stderr)) return
  throw new Error(`exit code ${exitCode}: ${stderr}`)
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
