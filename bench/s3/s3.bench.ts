/**
 * Throughput of the S3 gateway over a folder, against the bare work: node:http that writes what comes to a file, or sends a file.
 *
 * Question, workload and measured region are in the README.
 */

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { AddressInfo } from 'node:net'
import { createCredential, MemoryCredentials, presignUrl } from '@hamlet/s3'
import { FolderBackend, serveS3, systemPorts } from '@hamlet/s3/node'
import { check, isQuick, median, secondsOf } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'

const MIB = 1024 * 1024
const LARGE_BYTES = isQuick ? 8 * MIB : 128 * MIB
const SMALL_BYTES = 10 * 1024
const SMALL_COUNT = isQuick ? 50 : 1000
const ROUNDS = isQuick ? 1 : 3
const PIECE = new Uint8Array(MIB).map((_, i) => Math.imul(i, 0x9e3779b1) >>> 24)

/** Sends `bytes` bytes, or reads what is there, and gives how many came. */
function exchange(url: string, method: string, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = method === 'PUT' ? { 'content-length': bytes } : {}
    const sending = request(url, { method, headers, agent: false }, (response) => {
      let came = 0
      check(response.statusCode === 200, `${method} ${response.statusCode}`)
      response.on('data', (piece: Uint8Array) => {
        came += piece.length
      })
      response.on('end', () => resolve(came))
    })
    sending.on('error', reject)
    const send = (left: number): void => {
      if (left === 0) sending.end()
      else {
        const piece = PIECE.subarray(0, Math.min(left, PIECE.length))
        sending.write(piece, () => send(left - piece.length))
      }
    }
    send(method === 'PUT' ? bytes : 0)
  })
}

/** Nothing but node:http and a file. */
async function startFloor(folder: string) {
  await mkdir(folder, { recursive: true })
  const server = createServer((incoming, outgoing) => {
    const path = join(folder, (incoming.url ?? '/').split('?')[0]!.replaceAll('/', '_'))
    const work =
      incoming.method === 'PUT'
        ? pipeline(incoming, createWriteStream(path, { flush: true })).then(() => outgoing.end())
        : pipeline(createReadStream(path), outgoing)
    work.catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => server.closeAllConnections() ?? server.close(),
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const all: number[] = []
  for (let round = 0; round < ROUNDS; round++) all.push(await secondsOf(work))
  return median(all)
}

async function many(work: (at: number) => Promise<unknown>): Promise<void> {
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    for (let at = lane; at < SMALL_COUNT; at += 8) await work(at)
  })
  await Promise.all(lanes)
}

const folder = await mkdtemp(join(tmpdir(), 'hamlet-bench-s3-'))
const backend = await FolderBackend.open({ folder: join(folder, 's3'), ...systemPorts })
const credential = createCredential(systemPorts.random)
const credentials = new MemoryCredentials([credential])
const server = await serveS3({ backend, credentials, ...systemPorts })
const floor = await startFloor(join(folder, 'floor'))
await backend.createBucket('bench')

function ours(method: string, key: string): string {
  const signing = { credential, nowMs: Date.now(), expiresSeconds: 600 }
  return presignUrl({ method, url: `${server.url}/bench/${key}` }, signing)
}

const rows: Row[] = []

function rate(work: string, amount: number, unit: string, own: number, bare?: number): void {
  const bareRate = bare === undefined ? undefined : amount / bare
  rows.push({ work, value: amount / own, unit, floor: bareRate })
}

for (const method of ['PUT', 'GET'] as const) {
  const size = LARGE_BYTES / MIB
  const own = await seconds(async () => exchange(ours(method, 'large'), method, LARGE_BYTES))
  const bare = await seconds(async () => exchange(`${floor.url}/large`, method, LARGE_BYTES))
  if (method === 'GET')
    check((await exchange(ours('GET', 'large'), 'GET', 0)) === LARGE_BYTES, 'size')
  rate(`${method} of ${size} MiB`, size, 'MiB/s', own, bare)
}
for (const method of ['PUT', 'GET'] as const) {
  const own = await seconds(() =>
    many((at) => exchange(ours(method, `s/${at}`), method, SMALL_BYTES)),
  )
  const bare = await seconds(() =>
    many((at) => exchange(`${floor.url}/s/${at}`, method, SMALL_BYTES)),
  )
  rate(`${method} of ${SMALL_COUNT} × 10 KiB, 8 at once`, SMALL_COUNT, 'objects/s', own, bare)
}
const listing = await seconds(async () => {
  for (let after: string | undefined = ''; after !== undefined;) {
    const page = await backend.list('bench', { prefix: 's/', delimiter: '', after, limit: 1000 })
    after = page.next
  }
})
rate(`listing ${SMALL_COUNT} objects`, SMALL_COUNT, 'objects/s', listing)
await measureRclone()
await server.close()
floor.close()
await backend.close()
await rm(folder, { recursive: true, force: true })
report(import.meta.dirname, rows)

async function measureRclone(): Promise<void> {
  const isThere = (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((each) => existsSync(join(each, 'rclone')))
  if (!isThere) {
    console.log('rclone is not installed here: its rows are left out')
    return
  }
  const source = join(folder, 'source')
  await mkdir(join(source, 'small'), { recursive: true })
  const file = createWriteStream(join(source, 'large.bin'))
  for (let left = LARGE_BYTES; left > 0; left -= MIB) {
    if (!file.write(PIECE)) await once(file, 'drain')
  }
  await new Promise<void>((resolve) => void file.end(resolve))
  for (let at = 0; at < SMALL_COUNT; at++) {
    await writeFile(join(source, 'small', `${at}`), PIECE.subarray(at, at + SMALL_BYTES))
  }
  const copies: readonly (readonly [string, string, string, number, string])[] = [
    ['large up, in parts', source, 's3:rclone', LARGE_BYTES / MIB, 'MiB/s'],
    ['large down', 's3:rclone', join(folder, 'down'), LARGE_BYTES / MIB, 'MiB/s'],
    ['small up', join(source, 'small'), 's3:rclone/small', SMALL_COUNT, 'objects/s'],
    ['small down', 's3:rclone/small', join(folder, 'down-small'), SMALL_COUNT, 'objects/s'],
  ]
  for (const [what, from, to, amount, unit] of copies) {
    const only = unit === 'MiB/s' ? ['--include', 'large.bin'] : []
    const own = await secondsOf(() => rclone('copy', from, to, ...only))
    rate(`rclone: ${what}`, amount, unit, own)
  }
}

function rclone(...argv: readonly string[]): Promise<void> {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    RCLONE_CONFIG_S3_TYPE: 's3',
    RCLONE_CONFIG_S3_PROVIDER: 'Other',
    RCLONE_CONFIG_S3_ENDPOINT: server.url,
    RCLONE_CONFIG_S3_ACCESS_KEY_ID: credential.accessKeyId,
    RCLONE_CONFIG_S3_SECRET_ACCESS_KEY: credential.secretKey,
  }
  return new Promise((resolve, reject) => {
    execFile('rclone', argv, { env }, (error) => (error ? reject(error) : resolve()))
  })
}
