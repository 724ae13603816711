/** What is measured in this suite: Hamlet's trie with and without syncs, hyperbee, hypertrie, and a log of the same blocks. */

import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Disk, DiskFile } from '@hamlet/core'
import { createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { Log } from '@hamlet/log'
import { createNodeDisk } from '@hamlet/store/node'
import { Trie, trieLogOf } from '@hamlet/trie'

/** As the batches of two of the contestants take it. */
export interface Entry {
  readonly type: 'put'
  readonly key: string
  readonly value: Uint8Array
}

export interface Contestant {
  readonly version: number
  put(key: string, value: Uint8Array): Promise<unknown>
  batch(entries: readonly Entry[]): Promise<unknown>
  get(key: string): Promise<Uint8Array | undefined>
  /** Entries, gone through one by one. */
  count(): Promise<number>
  /** Keys that differ from an earlier version, gone through one by one. */
  differences(version: number): Promise<number>
  close(): Promise<unknown>
  /** The same store, opened anew. */
  reopen(): Promise<Contestant>
}

const crypto = createNodeCrypto()
const signer = crypto.signer(new Uint8Array(32).fill(1))

/** Not in the type check: they have dependencies of their own. */
const RIVALS = {
  hyperbee: { module: '../thirdparty/hyperbee.mjs', open: 'openHyperbee' },
  hypertrie: { module: '../thirdparty/hypertrie.mjs', open: 'openHypertrie' },
} as const

export type RivalName = keyof typeof RIVALS

/** `undefined` when it is not installed. */
export async function openRival(
  name: RivalName,
  directory: string,
): Promise<Contestant | undefined> {
  const require = createRequire(join(import.meta.dirname, '../thirdparty/package.json'))
  try {
    require.resolve(name)
  } catch {
    return undefined
  }
  const rival = RIVALS[name]
  const exported = (await import(rival.module as string)) as Record<
    string,
    (directory: string) => Promise<Contestant>
  >
  return exported[rival.open]!(directory)
}

/** Without syncs a commit counts as durable when the system has it, which is what the rivals do. */
export async function openTrie(
  directory: string,
  { sync }: { readonly sync: boolean },
): Promise<Contestant> {
  const disk = sync ? createNodeDisk(directory) : unsynced(createNodeDisk(directory))
  const { publicKey } = signer
  const namespace = new Uint8Array(32).fill(2)
  const log = await Log.open({ disk, crypto, directory: 'log', publicKey, namespace, signer })
  const trie = await Trie.open({ log: trieLogOf(log), crypto, random: createNodeRandom() })
  const close = async (): Promise<void> => {
    await trie.close()
    await log.close()
  }
  return {
    get version() {
      return trie.version
    },
    put: (key, value) => trie.put(key, value),
    batch: (entries) => trie.batch(entries),
    get: async (key) => (await trie.get(key))?.value,
    async count() {
      let count = 0
      for await (const entry of trie.iterate()) count += entry.version > 0 ? 1 : 0
      return count
    },
    async differences(version) {
      let count = 0
      for await (const { key } of trie.diff(version)) count += key.length > 0 ? 1 : 0
      return count
    },
    close,
    async reopen() {
      await close()
      return openTrie(directory, { sync })
    },
  }
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
