/** A file from one process, or four, to another: beside WebTorrent, aria2, gRPC and bare TCP. See README.md. */

import { spawnSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { closeSync, existsSync, globSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isQuick, median } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { cachedFolder, createWorkspace } from '../_support/workspace.ts'
import { fileDigest, runDownload } from './contest.ts'
import type { Contestant, Download, Prize } from './contest.ts'

const THIRD_PARTY = new URL('../thirdparty/', import.meta.url)
const ROUNDS = isQuick ? 1 : 5
const PRIZE_BYTES = (isQuick ? 64 : 1024) * 2 ** 20
const FILL_BYTES = 2 ** 20
/** Of design §13. */
const TIMES_RIVAL = 2

const HAMLET: Contestant = {
  ...{ name: 'hamlet', script: script('hamlet-file.ts'), seedsMax: 4 },
  digest: (store) => fileDigest(globSync(join(store, 'blobs/large/*/*.data'))[0]!),
}
const TCP: Contestant = { name: 'tcp', script: script('tcp-file.ts'), seedsMax: 1 }
const RIVALS: readonly Contestant[] = [
  { name: 'WebTorrent', script: thirdParty('webtorrent-file.mjs'), seedsMax: 4 },
  { name: 'aria2', script: script('aria2-file.ts'), seedsMax: 4 },
  { name: 'gRPC', script: thirdParty('grpc-file.mjs'), seedsMax: 1 },
].filter(({ name }) => isInstalled(name))

using workspace = createWorkspace()
const prize = await makePrize()
const rows: Row[] = []
for (const seeds of [1, 4]) rows.push(...(await race(seeds)))
report(import.meta.dirname, rows)

async function race(seeds: number): Promise<readonly Row[]> {
  const contestants = [HAMLET, TCP, ...RIVALS].filter(({ seedsMax }) => seedsMax >= seeds)
  const runs = new Map<string, Download[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const contestant of contestants) {
      runs.get(contestant.name)!.push(await run(contestant, seeds, round))
    }
  }
  const figure = (name: string, pick: (download: Download) => number): number | undefined => {
    const all = runs.get(name)
    return all === undefined ? undefined : median(all.map(pick))
  }
  const rivals = RIVALS.filter(({ seedsMax }) => seedsMax >= seeds)
  return rivals.flatMap(({ name }) => {
    const work = `${PRIZE_BYTES / 2 ** 20} MiB from ${seeds}`
    const rowOf = (what: string, unit: string, pick: (download: Download) => number): Row => ({
      ...{ work: `${work}${what}: ${name}`, unit, value: figure(HAMLET.name, pick)! },
      ...{ rival: figure(name, pick), floor: figure(TCP.name, pick) },
    })
    const rate = rowOf('', 'MB/s', (download) => download.rate)
    return [
      { ...rate, budget: TIMES_RIVAL * rate.rival! },
      rowOf(', processors per GiB', 's', (download) => download.processor),
      rowOf(', memory of the loader', 'MiB', (download) => download.peakMib),
    ]
  })
}

async function run(contestant: Contestant, seeds: number, round: number): Promise<Download> {
  const folder = workspace.path(`${contestant.name}-${seeds}-${round}`)
  mkdirSync(folder)
  const to = contestant === HAMLET ? folder : join(folder, 'prize.bin')
  return runDownload(contestant, prize, seeds, to)
}

async function makePrize(): Promise<Prize> {
  const folder = await cachedFolder(`swarm-${PRIZE_BYTES}`, async (fresh) => {
    const file = openSync(join(fresh, 'prize.bin'), 'wx')
    const bytes = new Uint8Array(FILL_BYTES)
    for (let at = 0; at < PRIZE_BYTES; at += FILL_BYTES) writeSync(file, randomFillSync(bytes))
    closeSync(file)
  })
  const file = join(folder, 'prize.bin')
  return { file, bytes: PRIZE_BYTES, digest: await fileDigest(file) }
}

function isInstalled(name: string): boolean {
  if (name === 'aria2') return hasProgram('aria2c')
  const folder = name === 'gRPC' ? '@grpc/grpc-js' : name.toLowerCase()
  if (existsSync(new URL(`node_modules/${folder}`, THIRD_PARTY))) return true
  process.stderr.write(`${name} is left out: npm install --prefix bench/thirdparty\n`)
  return false
}

function hasProgram(name: string): boolean {
  if (spawnSync(name, ['--version']).status === 0) return true
  process.stderr.write(`${name} is left out: this machine does not have it\n`)
  return false
}

function script(name: string): string {
  return join(import.meta.dirname, name)
}

function thirdParty(name: string): string {
  return fileURLToPath(new URL(name, THIRD_PARTY))
}
