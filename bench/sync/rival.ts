/** Hypercore's copy of as many blocks between two processes, when it is installed (see ../thirdparty). */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Not in the type check: it has dependencies of its own. */
const MODULE: string = fileURLToPath(new URL('../thirdparty/hypercore-tcp.mjs', import.meta.url))
const INSTALLED = new URL('../thirdparty/node_modules/hypercore', import.meta.url)

interface Served {
  readonly port: number
  readonly key: string
}

/** Blocks a second; `undefined` when hypercore is not installed. */
export async function copyWithHypercore(
  directory: string,
  blocks: number,
  blockBytes: number,
): Promise<number | undefined> {
  if (!existsSync(INSTALLED)) return undefined
  const { fetchAll } = (await import(MODULE)) as {
    fetchAll(directory: string, served: Served, blocks: number): Promise<number>
  }
  const server = fork(MODULE, ['serve', `${directory}/from`, String(blocks), String(blockBytes)])
  try {
    const [served] = (await once(server, 'message')) as [Served]
    return blocks / (await fetchAll(`${directory}/to`, served, blocks))
  } finally {
    const ended = once(server, 'exit')
    server.kill()
    await ended
  }
}
