/**
 * WebTorrent over TCP in a process of its own: seeds a file, or loads one from seeds. Driven by messages, see
 * `bench/swarm/contest.ts`. Pieces of 1 MiB, with which it is fastest; no encryption, which it knows only as obfuscation.
 */

import { basename, dirname } from 'node:path'
import WebTorrent from 'webtorrent'

const OFFLINE = {
  dht: false,
  tracker: false,
  lsd: false,
  utp: false,
  natUpnp: false,
  natPmp: false,
}
const client = new WebTorrent({ ...OFFLINE, maxConns: 55, torrentPort: 0 })

const work = {
  async seed({ file }) {
    const torrent = await new Promise((resolve) => {
      client.seed(file, { pieceLength: 2 ** 20, announceList: [], private: true }, resolve)
    })
    return {
      port: client.torrentPort,
      torrentFile: Buffer.from(torrent.torrentFile).toString('base64'),
    }
  },

  async load({ from, to }) {
    const torrent = client.add(Buffer.from(from[0].torrentFile, 'base64'), {
      path: dirname(to),
      announce: [],
    })
    torrent.on('error', (error) => process.send({ error: String(error) }))
    await new Promise((resolve) => torrent.on('infoHash', resolve))
    if (torrent.name !== basename(to)) throw new Error(`it would be called ${torrent.name}`)
    torrent.on('ready', () => from.forEach(({ port }) => torrent.addPeer(`127.0.0.1:${port}`)))
    await new Promise((resolve) => torrent.on('done', resolve))
    return {}
  },

  async usage() {
    const { user, system } = process.cpuUsage()
    return { processorMs: (user + system) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 }
  },
}

process.on('message', async ({ name, input }) => {
  try {
    process.send({ value: await work[name](input) })
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) })
  }
})
process.on('disconnect', () => process.exit())
