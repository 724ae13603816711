/** What appends in this suite: Hamlet's log, the same without syncs, hypercore, and the bare work. */

import { fdatasync, openSync, closeSync, mkdirSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Disk, DiskFile } from '@hamlet/core'
import { createNodeCrypto } from '@hamlet/identity/node'
import { Log } from '@hamlet/log'
import { createNodeDisk } from '@hamlet/store/node'

export interface Contestant {
  append(blocks: readonly Uint8Array[]): Promise<unknown>
  close(): Promise<void>
}

export interface Rival extends Contestant {
  get(index: number): Promise<Uint8Array>
  reopen(): Promise<Rival>
  replicateTo(directory: string, blocks: number): Promise<number>
}

export const crypto = createNodeCrypto()
export const signer = crypto.signer(new Uint8Array(32).fill(1))

/** Not in the type check: it has dependencies of its own. */
const RIVAL_MODULE: string = '../thirdparty/hypercore.mjs'
const namespace = new Uint8Array(32).fill(2)

export function openLog(directory: string, isAuthor = true): Promise<Log> {
  return openLogOn(createNodeDisk(directory), isAuthor)
}

/** A log that takes a commit for durable when the system has it, as hypercore does. */
export function openUnsyncedLog(directory: string): Promise<Log> {
  return openLogOn(unsynced(createNodeDisk(directory)), true)
}

/** Sign, hash every block and node, write, and sync or not: what no log of this kind can do without. */
export function openFloor(directory: string, { sync }: { readonly sync: boolean }): Contestant {
  mkdirSync(directory, { recursive: true })
  const file = openSync(join(directory, 'floor'), 'w')
  return {
    async append(blocks) {
      const signature = signer.sign(rootOf(blocks))
      writeSync(file, Buffer.concat([...blocks, signature]))
      if (sync) await syncFile(file)
    },
    async close() {
      closeSync(file)
    },
  }
}

/** `undefined` when it is not installed. */
export async function openRival(directory: string): Promise<Rival | undefined> {
  const require = createRequire(join(import.meta.dirname, '../thirdparty/package.json'))
  try {
    require.resolve('hypercore')
  } catch {
    return undefined
  }
  const { openHypercore } = (await import(RIVAL_MODULE)) as {
    openHypercore(directory: string): Promise<Rival>
  }
  return openHypercore(directory)
}

function openLogOn(disk: Disk, isAuthor: boolean): Promise<Log> {
  const { publicKey } = signer
  const options = { disk, crypto, directory: 'log', publicKey, namespace }
  return Log.open(isAuthor ? { ...options, signer } : options)
}

/** The same objects with another `sync` and `open`: a proxy would cost some microseconds a commit. */
function unsynced(disk: Disk): Disk {
  const open = disk.open.bind(disk)
  return Object.assign(disk, {
    async open(path: string): Promise<DiskFile> {
      return Object.assign(await open(path), { sync: async () => undefined })
    },
  })
}

function rootOf(blocks: readonly Uint8Array[]): Uint8Array {
  let level = blocks.map((block) => crypto.hash(block))
  while (level.length > 1) {
    const pairs: Uint8Array[] = []
    for (let i = 0; i + 1 < level.length; i += 2) pairs.push(crypto.hash(level[i]!, level[i + 1]!))
    if (level.length % 2 === 1) pairs.push(level.at(-1)!)
    level = pairs
  }
  return level[0]!
}

async function syncFile(file: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    fdatasync(file, (error) => (error ? reject(error) : resolve()))
  })
}
