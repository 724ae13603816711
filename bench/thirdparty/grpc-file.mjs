/**
 * A file by gRPC streaming with TLS, in a process of its own: the plain way to move a file between two services. Pieces travel as
 * raw bytes, without protobuf around them, and nothing is verified. Driven by messages, see `bench/swarm/contest.ts`.
 */

import { createReadStream, createWriteStream } from 'node:fs'
import { once } from 'node:events'
import grpc from '@grpc/grpc-js'
import { generate } from 'selfsigned'

const PIECE_BYTES = 64 * 1024
const same = (bytes) => bytes
const GIVE = {
  path: '/hamlet.Bench/Give',
  requestStream: false,
  responseStream: true,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
}

const work = {
  async seed({ file }) {
    const subject = [{ name: 'commonName', value: 'localhost' }]
    const { private: key, cert } = await generate(subject, { algorithm: 'sha256' })
    const server = new grpc.Server()
    server.addService({ give: GIVE }, { give: (call) => void give(call, file) })
    const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }
    const credentials = grpc.ServerCredentials.createSsl(null, [pair])
    const port = await new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) => {
        if (error) reject(error)
        else resolve(bound)
      })
    })
    return { port, cert }
  },

  async load({ from, to }) {
    const [{ port, cert }] = from
    const credentials = grpc.credentials.createSsl(Buffer.from(cert))
    const client = new grpc.Client(`127.0.0.1:${port}`, credentials, {
      'grpc.ssl_target_name_override': 'localhost',
    })
    const call = client.makeServerStreamRequest(GIVE.path, same, same, Buffer.alloc(0))
    const out = createWriteStream(to)
    for await (const piece of call) if (!out.write(piece)) await once(out, 'drain')
    out.end()
    await once(out, 'close')
    client.close()
    return {}
  },

  async usage() {
    const { user, system } = process.cpuUsage()
    return { processorMs: (user + system) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 }
  },
}

async function give(call, file) {
  for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES })) {
    if (!call.write(piece)) await once(call, 'drain')
  }
  call.end()
}

process.on('message', async ({ name, input }) => {
  try {
    process.send({ value: await work[name](input) })
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) })
  }
})
process.on('disconnect', () => process.exit())
