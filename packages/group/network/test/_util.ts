/** Real nodes on loopback TCP, and what the tests say about them. */

import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { bytesToHex, compareBytes, hexToBytes, utf8 } from '@hamlet/core'
import type { Kv, KvRange, NetHandler } from '@hamlet/core'
import { createNetwork } from '@hamlet/network'
import type { Network, NetworkFiles, NetworkOptions } from '@hamlet/network'

export const crypto = createNodeCrypto()
export const random = createNodeRandom()
export const clock = createNodeClock()
export const PROTOCOL = '/hamlet/test/1.0.0'

export function seedOf(name: string): Uint8Array {
  return crypto.hash(utf8(`seed of ${name}`))
}

export function deviceOf(name: string): string {
  return Buffer.from(crypto.signer(seedOf(name)).publicKey).toString('hex')
}

/** A node that neither announces itself on the network of the test machine nor keeps anything. */
export function startNode(name: string, options: Partial<NetworkOptions> = {}): Promise<Network> {
  return createNetwork({
    deviceSeed: seedOf(name),
    protocols: [PROTOCOL],
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
    dht: false,
    crypto,
    random,
    clock,
    ...options,
  })
}

export interface Recorder {
  readonly events: string[]
  readonly messages: Uint8Array[]
  /** Resolves when the condition holds; checked after every event. */
  until(condition: () => boolean, timeoutMs?: number): Promise<void>
}

/** Everything a network tells its subscriber. */
export function record(network: Network): Recorder {
  const events: string[] = []
  const messages: Uint8Array[] = []
  const changed = new Set<() => void>()
  const note = (event: string): void => {
    events.push(event)
    for (const listener of changed) listener()
  }
  const handler: NetHandler = {
    peerUp: (peer) => note(`up ${peer}`),
    peerDown: (peer) => note(`down ${peer}`),
    drain: (peer) => note(`drain ${peer}`),
    message: (peer, _protocol, bytes) => {
      messages.push(bytes)
      note(`message ${peer}`)
    },
  }
  network.net.subscribe(handler)
  return { events, messages, until: (condition, ms) => until(condition, ms, changed) }
}

export async function until(
  condition: () => boolean,
  timeoutMs = 10_000,
  changed: Set<() => void> = new Set(),
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > deadline)
      throw new Error(`not within ${timeoutMs} ms: ${condition.toString()}`)
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        changed.delete(done)
        resolve()
      }
      const timer = setTimeout(done, 20)
      changed.add(done)
    })
  }
}

/** Closes whatever was started, also when the test fails. */
export async function closeAll(...networks: readonly (Network | undefined)[]): Promise<void> {
  await Promise.all(networks.map(async (network) => network?.close()))
}

/** Files in memory. */
export function createTestFiles(): NetworkFiles & { readonly contents: Map<string, Uint8Array> } {
  const contents = new Map<string, Uint8Array>()
  return {
    contents,
    readAll: async (path) => contents.get(path),
    write: async (path, bytes) => void contents.set(path, bytes),
  }
}

/** Files of a directory, replaced whole and synced. */
export function createTestDirectory(directory: string): NetworkFiles {
  return {
    readAll: async (path) => await readFile(join(directory, path)).catch(() => undefined),
    write: async (path, bytes) => {
      await mkdir(directory, { recursive: true })
      const file = await open(join(directory, `${path}.new`), 'w')
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(join(directory, `${path}.new`), join(directory, path))
    },
  }
}

/** A Kv in memory, as much of it as the network asks for. */
export function createTestKv(): Kv {
  const values = new Map<string, Uint8Array>()
  const get = async (key: Uint8Array): Promise<Uint8Array | undefined> =>
    values.get(bytesToHex(key))
  const put = async (key: Uint8Array, value: Uint8Array): Promise<void> =>
    void values.set(bytesToHex(key), value)
  const remove = async (key: Uint8Array): Promise<void> => void values.delete(bytesToHex(key))
  return {
    get,
    put,
    delete: remove,
    getMany: (keys) => Promise.all(keys.map(get)),
    batch: async (writes) => {
      for (const write of writes) {
        await (write.type === 'put' ? put(write.key, write.value) : remove(write.key))
      }
    },
    async *range({ gte, lt }: KvRange) {
      for (const [hex, value] of values) {
        const key = hexToBytes(hex)
        if (gte !== undefined && compareBytes(key, gte) < 0) continue
        if (lt !== undefined && compareBytes(key, lt) >= 0) continue
        yield [key, value] as const
      }
    },
    clear: async () => values.clear(),
    close: async () => undefined,
  }
}
