/**
 * Leaves a running relay's address where peers read it: `node deploy/introduce.mjs PEER_FILE WHERE TARGET`.
 *
 * PEER_FILE is what a running peer leaves of itself (`run/peer.json`), WHERE its place in the peers' network as a
 * multiaddr. TARGET holds nothing or the whole address, never a part of one.
 */

import { readFile, rename, writeFile } from 'node:fs/promises'

const [peerFile = '', where = '', target = ''] = process.argv.slice(2)
const { addresses } = JSON.parse(await readFile(peerFile, 'utf8'))
const id = addresses.map((address) => /\/p2p\/([A-Za-z0-9]+)$/.exec(address)?.[1]).find(Boolean)

if (id === undefined) {
  console.error(`${peerFile} names no address with an id`)
  process.exitCode = 1
} else {
  await writeFile(`${target}.new`, `${where}/p2p/${id}\n`)
  await rename(`${target}.new`, target)
  console.log(`${where}/p2p/${id}`)
}
