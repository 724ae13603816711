/**
 * gRPC with TLS between two processes over loopback: `fork` this file to receive, call `sendAll` to send. Pieces travel
 * as raw bytes, without protobuf around them, which is the best gRPC in JavaScript can do.
 */

import grpc from '@grpc/grpc-js'
import { generate } from 'selfsigned'

const METHOD = '/hamlet.Bench/Take'
const same = (bytes) => bytes
const TAKE = {
  path: METHOD,
  requestStream: true,
  responseStream: false,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
}

if (process.argv[2] === 'receive') await receive()

/** Tells the parent process where it is and whom to trust; answers `processor` with microseconds used. */
async function receive() {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
  })
  const server = new grpc.Server()
  server.addService(
    { take: TAKE },
    {
      take: (call, done) => {
        call.on('data', () => undefined)
        call.on('end', () => done(null, Buffer.of(1)))
      },
    },
  )
  const credentials = grpc.ServerCredentials.createSsl(null, [
    { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) },
  ])
  server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
    if (error) throw error
    process.send({ port, cert })
  })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send(user + system)
  })
  process.on('disconnect', () => process.exit())
}

/** Milliseconds from the first piece until the receiver has answered. */
export async function sendAll({ port, cert }, totalBytes, pieceBytes) {
  const credentials = grpc.credentials.createSsl(Buffer.from(cert))
  const client = new grpc.Client(`127.0.0.1:${port}`, credentials, {
    'grpc.ssl_target_name_override': 'localhost',
  })
  await new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + 10_000, (error) => (error ? reject(error) : resolve()))
  })
  const answered = Promise.withResolvers()
  const call = client.makeClientStreamRequest(METHOD, same, same, (error) => {
    if (error) answered.reject(error)
    else answered.resolve()
  })
  const piece = Buffer.alloc(pieceBytes)
  const start = performance.now()
  for (let sent = 0; sent < totalBytes; sent += pieceBytes) {
    if (!call.write(piece)) await new Promise((resolve) => call.once('drain', resolve))
  }
  call.end()
  await answered.promise
  const elapsedMs = performance.now() - start
  client.close()
  return elapsedMs
}
