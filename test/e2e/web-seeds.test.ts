/**
 * Goal: a share comes whole from a web server that knows nothing of Hamlet, also when nobody else has it, and a server that lies, stalls
 * or has no ranges costs nothing but its bytes. Real HTTP, whole peers with a network in memory.
 */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { concatBytes } from '@hamlet/core'
import { decodeShareLink, encodeShareLink } from '@hamlet/files'
import { createWebPort } from '@hamlet/peer/node'
import { pass, people } from '../../packages/peer/test/_world.ts'
import type { Person } from '../../packages/peer/test/_world.ts'

const WAIT_MS_MAX = 30_000
const FILM = Uint8Array.from({ length: 900_000 }, (_, index) => (index * 31 + (index >> 8)) & 0xff)

type Files = ReadonlyMap<string, Uint8Array>
type Answer = (request: IncomingMessage, reply: ServerResponse, files: Files) => void

/** A plain web server over the files of a folder, by default with ranges. */
class WebServer {
  readonly files = new Map<string, Uint8Array>()
  asked = 0
  answer: Answer = giveRange
  readonly #server = createServer((request, reply) => {
    this.asked++
    this.answer(request, reply, this.files)
  })

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/films/`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}

const giveRange: Answer = ({ url, headers }, reply, files) => {
  const bytes = files.get(url!.replace('/films/', ''))
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
  if (bytes === undefined || from === undefined) return void reply.writeHead(404).end()
  reply.writeHead(206).end(bytes.subarray(Number(from), Number(to) + 1))
}

const giveWhole: Answer = ({ url }, reply, files) => {
  const bytes = files.get(url!.replace('/films/', ''))
  reply.writeHead(bytes === undefined ? 404 : 200).end(bytes)
}

/** Right as far as the list of files goes, for a better catch. */
const lie: Answer = (request, reply, files) => {
  const wrong = new Map(
    [...files].map(([name, bytes]) => [
      name,
      bytes.length > 300_000 ? bytes.map((each) => each ^ 1) : bytes,
    ]),
  )
  giveRange(request, reply, wrong)
}

async function strangers(): Promise<readonly [Person, Person]> {
  const both = await people('anna', 'ben')
  for (const person of both) {
    // Nobody is found by the DHT.
    person.world.holders.set = () => person.world.holders
    person.web = createWebPort({ isNearAllowed: true })
    await person.reopen()
  }
  return both
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return concatBytes(...parts)
}

/** Shares the film, puts its blobs on the servers, and gives a link that names nobody but them. */
async function publish(
  { api }: Person,
  servers: readonly WebServer[],
  isPublic = true,
): Promise<string> {
  const webSeeds = servers.map(({ url }) => url)
  const upload = await api.startUpload({ name: 'film.mp4', isFolder: false, isPublic, webSeeds })
  await api.putFile(upload.id, 'film.mp4', pieces(FILM))
  const { id } = await api.finishUpload(upload.id)
  for (const { blob, sizeBytes } of await api.shareBlobs(id)) {
    const bytes = await collect(api.readShareBlob(id, blob))
    assert.equal(bytes.length, sizeBytes)
    for (const { files } of servers) files.set(blob, bytes)
  }
  const decoded = decodeShareLink((await api.shareLink(id)).link)
  assert.ok(decoded.ok)
  assert.deepEqual(decoded.value.webSeeds, webSeeds)
  return encodeShareLink({ ...decoded.value, devices: [], addresses: [] })
}

async function until(person: Person, isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + WAIT_MS_MAX
  while (!(await isSo())) {
    assert.ok(performance.now() < endMs, 'it did not come to it')
    await pass([person], 500)
    await sleep(10)
  }
}

async function isDone({ api }: Person): Promise<boolean> {
  return (await api.transfers()).some(({ state }) => state === 'done')
}

async function load(person: Person, link: string): Promise<string> {
  const { id } = await person.api.openShareLink(link)
  await person.api.startTransfer(id)
  return id
}

for (const isPublic of [true, false]) {
  test(`a ${isPublic ? 'public' : 'sealed'} share comes from a web server alone`, async () => {
    await using server = await new WebServer().listen()
    const [anna, ben] = await strangers()
    const link = await publish(anna, [server], isPublic)
    await anna.close()
    const id = await load(ben, link)
    await until(ben, () => isDone(ben))
    assert.deepEqual(await collect(ben.api.readFile(id, 'film.mp4')), FILM)
    await ben.close()
  })
}

test('a web server that lies is named, one that stalls is passed over, and one without ranges is good for what is small', async () => {
  await using liar = await new WebServer().listen()
  await using staller = await new WebServer().listen()
  await using plain = await new WebServer().listen()
  await using honest = await new WebServer().listen()
  liar.answer = lie
  staller.answer = () => undefined
  // The liar is read first.
  honest.answer = (...asked) => void setTimeout(giveRange, 200, ...asked)
  plain.answer = giveWhole
  const [anna, ben] = await strangers()
  const link = await publish(anna, [liar, staller, plain, honest])
  await anna.close()
  const id = await load(ben, link)
  await until(ben, () => isDone(ben))
  assert.deepEqual(await collect(ben.api.readFile(id, 'film.mp4')), FILM)
  const [transfer] = await ben.api.transfers()
  const banned = transfer!.sources.filter(({ state }) => state === 'banned')
  assert.deepEqual(
    banned.map(({ id: name }) => name),
    [liar.url.replace('http://', '').replace(/\/$/, '')],
  )
  assert.ok(honest.asked > 0 && plain.asked > 0 && staller.asked > 0)
  await ben.close()
})

test('a link leads to no web seed on this machine or in its network, unless whoever runs the peer allows it', async () => {
  await using server = await new WebServer().listen()
  const [anna, ben] = await strangers()
  const link = await publish(anna, [server])
  await anna.close()
  ben.web = createWebPort()
  await ben.reopen()
  await load(ben, link)
  for (let i = 0; i < 20; i++) {
    await pass([ben], 500)
    await sleep(10)
  }
  assert.equal(server.asked, 0)
  assert.equal(await isDone(ben), false)
  await ben.close()
})

test('an address that is no web seed is refused with a reason', async () => {
  const [anna, ben] = await strangers()
  const start = (url: string) =>
    anna.api.startUpload({ name: 'a', isFolder: false, webSeeds: [url] })
  for (const url of [
    'ftp://host/a/',
    'https://host/a',
    'https://a:b@host/',
    'https://host/?a/',
    'x',
  ]) {
    await assert.rejects(start(url), { code: 'WEB_SEED_INVALID' }, url)
  }
  await Promise.all([anna.close(), ben.close()])
})
