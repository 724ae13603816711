/** One download between processes, whoever makes it: a file, some seeds, one loader, and what it took. */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, globSync, rmSync } from 'node:fs'
import { check } from '../_support/measure.ts'

/** Each process leaves its profile in the working directory. */
const isProfiled = process.env['BENCH_CPU_PROF'] !== undefined

export interface Contestant {
  readonly name: string
  /** The script of a seed or loader. */
  readonly script: string
  /** Reads the loaded file back from `to` and gives its digest; by default `to` is the file itself. */
  readonly digest?: (to: string) => Promise<string>
  readonly seedsMax: number
}

export interface Download {
  /** MB/s from the question until the file is whole and verified. */
  readonly rate: number
  /** Processor seconds per GiB, of all processes together. */
  readonly processor: number
  /** Of the loader. */
  readonly peakMib: number
}

interface Usage {
  readonly processorMs: number
  readonly peakBytes: number
}

export interface Prize {
  readonly file: string
  readonly bytes: number
  readonly digest: string
}

export async function runDownload(
  { name, script, digest = fileDigest }: Contestant,
  { file, bytes, digest: expected }: Prize,
  seeds: number,
  to: string,
): Promise<Download> {
  const execArgv = isProfiled ? ['--cpu-prof'] : []
  const children = Array.from({ length: seeds + 1 }, () => fork(script, { execArgv }))
  try {
    const [loader, ...seeders] = children
    const from = await Promise.all(seeders.map((child) => ask(child, 'seed', { file })))
    const before = await usageOf(children)
    const started = performance.now()
    await ask(loader!, 'load', { from, to })
    const elapsedMs = performance.now() - started
    const after = await usageOf(children)
    check((await digest(to)) === expected, `${name}: the file is the one that was sent`)
    const spentMs = sum(after) - sum(before)
    return {
      rate: bytes / 1000 / elapsedMs,
      processor: ((spentMs / 1000) * 2 ** 30) / bytes,
      peakMib: after[0]!.peakBytes / 2 ** 20,
    }
  } finally {
    await Promise.all(children.map(stop))
    // Gigabytes that are written back to the disk while the next one is measured.
    for (const left of [to, ...globSync(`${file}.store-*`)]) {
      rmSync(left, { recursive: true, force: true })
    }
  }
}

async function usageOf(children: readonly ChildProcess[]): Promise<readonly Usage[]> {
  return Promise.all(children.map(async (child) => (await ask(child, 'usage', {})) as Usage))
}

function sum(usages: readonly Usage[]): number {
  return usages.reduce((total, { processorMs }) => total + processorMs, 0)
}

async function ask(child: ChildProcess, name: string, input: object): Promise<unknown> {
  const answered = once(child, 'message')
  const ended = once(child, 'exit').then(() => {
    throw new Error(`a process ended while it was asked to ${name}`)
  })
  child.send({ name, input })
  const [reply] = (await Promise.race([answered, ended])) as [{ value?: unknown; error?: string }]
  if (reply.error !== undefined) throw new Error(reply.error)
  return reply.value
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (isProfiled) child.disconnect()
  else child.kill('SIGKILL')
  await ended
}

export async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(file, { highWaterMark: 2 ** 20 })) {
    hash.update(bytes as Uint8Array)
  }
  return hash.digest('hex')
}
