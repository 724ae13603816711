// Goal: a question to a peer brings its answer and the blocks that go with it in one round trip, and nothing that was not asked for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryDisk } from '@hamlet/store'
import { SparseLog } from '@hamlet/log'
import type { ExtensionAnswer, Log, SharedHandle } from '@hamlet/log'
import { decodeExchangeMessage, encodeExchangeMessage } from '../src/exchange-message.ts'
import type { ExchangeMessage } from '../src/exchange-message.ts'
import { testCrypto } from './_crypto.ts'
import { Line, settle, Site, TestClock } from './_exchange.ts'
import { block, blocksOf, namespace, openAuthor, signer } from './_logs.ts'

const ANSWER = 14

function openSparse(): Promise<SparseLog> {
  const { publicKey } = signer
  const disk = createMemoryDisk()
  return SparseLog.open({ disk, crypto: testCrypto, directory: 'copy', publicKey, namespace })
}

interface Setting {
  readonly author: Log
  readonly copy: SparseLog
  readonly asker: SharedHandle
  readonly answerer: SharedHandle
  readonly line: Line
  readonly clock: TestClock
  readonly sites: readonly [Site, Site]
}

/** An author with so many blocks, and a sparse copy that knows the head and nothing else. */
async function pair(length: number): Promise<Setting> {
  const clock = new TestClock()
  const sites = [new Site('a', clock), new Site('b', clock)] as const
  const author = await openAuthor(createMemoryDisk())
  await author.append(blocksOf(0, length))
  const copy = await openSparse()
  const answerer = sites[0].exchange.add(author)
  const asker = sites[1].exchange.add(copy)
  const line = new Line(sites[0], sites[1])
  await settle([line])
  return { author, copy, asker, answerer, line, clock, sites }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Answers a list of indexes with as many bytes as it has, and those blocks. */
function answerBlocks(asked: Uint8Array): ExtensionAnswer {
  const blocks = JSON.parse(new TextDecoder().decode(asked)) as number[]
  return { bytes: new Uint8Array(blocks.length), blocks }
}

/** What an answer becomes on its way. */
function changeAnswers(line: Line, change: (message: ExchangeMessage) => ExchangeMessage): void {
  line.tamper = (frame, to) => {
    if (to !== 'b' || frame[0] !== ANSWER) return frame
    const message = decodeExchangeMessage(frame)
    assert.ok(message.ok)
    return encodeExchangeMessage(change(message.value))
  }
}

async function asked<T>(asking: Promise<T>, line: Line): Promise<T> {
  await settle([line])
  return asking
}

test('an answer brings the blocks that are missing with their proof, and what is known is not sent again', async () => {
  const { copy, asker, answerer, line } = await pair(1000)
  answerer.onAsk('blocks', answerBlocks)
  const sizes: number[] = []
  line.tamper = (frame, to) => {
    if (to === 'b') sizes.push(frame.length)
    return frame
  }
  const first = await asked(asker.ask('blocks', bytes('[3,500,999]')), line)
  assert.equal(first?.length, 3)
  assert.deepEqual([copy.peek(3), copy.peek(500), copy.peek(999)], [3, 500, 999].map(block))
  await asked(asker.ask('blocks', bytes('[3,500,501,999]')), line)
  assert.deepEqual(copy.peek(501), block(501))
  await asked(asker.ask('blocks', bytes('[3,501]')), line)
  // Three answers and nothing else; the second has one block and the one hash that it lacks, the third neither.
  assert.equal(sizes.length, 3)
  assert.ok(sizes[0]! > 20 * 32, `${sizes[0]} bytes`)
  assert.ok(sizes[1]! < block(501).length + 60, `${sizes[1]} bytes`)
  assert.ok(sizes[2]! < 16, `${sizes[2]} bytes`)
})

test('questions asked in one turn do not get one block twice', async () => {
  const { copy, asker, answerer, line } = await pair(400)
  answerer.onAsk('blocks', answerBlocks)
  let received = 0
  line.tamper = (frame, to) => {
    const message = to === 'b' ? decodeExchangeMessage(frame) : undefined
    if (message?.ok === true && message.value.type === 'answer') {
      received += message.value.piece.blocks.length
    }
    return frame
  }
  const asks = Array.from({ length: 40 }, (_, i) => asker.ask('blocks', bytes(`[0,${i + 1},399]`)))
  const answers = await asked(Promise.all(asks), line)
  assert.ok(answers.every((answer) => answer?.length === 3))
  assert.equal(received, 42)
  assert.equal(copy.storedCount, 42)
})

test('what was cleared is sent again', async () => {
  const { copy, asker, answerer, line } = await pair(100)
  answerer.onAsk('blocks', answerBlocks)
  await asked(asker.ask('blocks', bytes('[7,8]')), line)
  await asked(copy.clear(7, 8), line)
  assert.equal(copy.peek(7), undefined)
  await asked(asker.ask('blocks', bytes('[7,8]')), line)
  assert.deepEqual(copy.peek(7), block(7))
})

test('blocks come after the log grew and after it was truncated', async () => {
  const { author, copy, asker, answerer, line } = await pair(100)
  answerer.onAsk('blocks', answerBlocks)
  await asked(asker.ask('blocks', bytes('[7,99]')), line)
  await asked(author.append(blocksOf(100, 300)), line)
  await asked(asker.ask('blocks', bytes('[7,50,299]')), line)
  assert.deepEqual([copy.peek(50), copy.peek(299)], [block(50), block(299)])
  await asked(author.truncate(80), line)
  await asked(asker.ask('blocks', bytes('[7,50]')), line)
  assert.deepEqual([copy.length, copy.peek(7), copy.peek(50)], [80, block(7), block(50)])
})

test('an answer that nobody asked for ends the connection', async () => {
  const { line, sites } = await pair(10)
  const piece = { blocks: [{ index: 3, block: block(3) }], nodes: [] }
  const answer = {
    type: 'answer',
    channel: 0,
    request: 5,
    fork: 0,
    bytes: bytes('x'),
    piece,
  } as const
  line.frames.push({ to: 'b', frame: encodeExchangeMessage(answer) })
  await settle([line])
  assert.deepEqual(
    sites[1].refusals.map(({ peer, error }) => [peer, error.code]),
    [['a', 'LOG_MALFORMED']],
  )
})

test('blocks that are not the author’s are refused with who sent them, the answer to a second peer is taken', async () => {
  const { author, copy, asker, answerer, line, sites, clock } = await pair(64)
  answerer.onAsk('blocks', answerBlocks)
  const honest = new Site('honest', clock)
  const second = honest.exchange.add(author)
  second.onAsk('blocks', answerBlocks)
  changeAnswers(line, (message) => {
    if (message.type !== 'answer') return message
    const blocks = message.piece.blocks.map(({ index }) => ({ index, block: bytes('forged') }))
    return { ...message, piece: { ...message.piece, blocks } }
  })
  await asked(asker.ask('blocks', bytes('[9]')), line)
  assert.deepEqual(
    sites[1].refusals.map(({ peer, error }) => [peer, error.code]),
    [['a', 'LOG_CONFLICT']],
  )
  assert.equal(copy.peek(9), undefined)
  const other = new Line(honest, sites[1])
  await settle([other])
  assert.equal((await asked(asker.ask('blocks', bytes('[9]')), other))?.length, 1)
  assert.deepEqual(copy.peek(9), block(9))
})

test('blocks that cannot be proven here are left without a word', async () => {
  const { copy, asker, answerer, line, sites } = await pair(64)
  answerer.onAsk('blocks', answerBlocks)
  let round = 0
  changeAnswers(line, (message) => {
    if (message.type !== 'answer') return message
    const { piece } = message
    if (round++ === 0) return { ...message, piece: { ...piece, nodes: piece.nodes.slice(1) } }
    if (round === 2) return { ...message, fork: 3 }
    const blocks = piece.blocks.map((each) => ({ ...each, index: each.index + 1000 }))
    return { ...message, piece: { ...piece, blocks } }
  })
  for (const index of [9, 19, 29]) {
    assert.equal((await asked(asker.ask('blocks', bytes(`[${index}]`)), line))?.length, 1)
    assert.equal(copy.peek(index), undefined)
  }
  assert.deepEqual(sites[1].refusals, [])
  assert.deepEqual(await asked(copy.load(9), line), block(9))
})

test('a peer without an answer is asked after the others, and without any peer there is none', async () => {
  const { author, asker, answerer, line, sites, clock } = await pair(20)
  assert.equal(await asked(asker.ask('blocks', bytes('[1]')), line), undefined)
  let questions = 0
  answerer.onAsk('blocks', () => {
    questions++
    return undefined
  })
  const other = new Site('other', clock)
  other.exchange.add(author).onAsk('blocks', answerBlocks)
  const second = new Line(other, sites[1])
  await settle([line, second])
  for (let i = 0; i < 5; i++) {
    const asking = asker.ask('blocks', bytes('[1]'))
    await settle([line, second])
    assert.equal((await asking)?.length, 1)
  }
  assert.ok(questions <= 1, `${questions} questions to who knows nothing`)
  line.cut()
  second.cut()
  assert.equal(await asker.ask('blocks', bytes('[1]')), undefined)
})

test('who does not answer is given up after a while, and a question can be taken back', async () => {
  const { asker, answerer, line, clock } = await pair(20)
  answerer.onAsk('blocks', answerBlocks)
  const held: Uint8Array[] = []
  line.tamper = (frame, to) => {
    if (to !== 'b' || frame[0] !== ANSWER) return frame
    held.push(frame)
    return undefined
  }
  const late = asker.ask('blocks', bytes('[1]'), { timeoutMs: 500 })
  const controller = new AbortController()
  const aborted = asker.ask('blocks', bytes('[2]'), { signal: controller.signal })
  const refusal = assert.rejects(aborted, { message: 'enough' })
  await settle([line])
  clock.advance(500)
  assert.equal(await late, undefined)
  controller.abort(new Error('enough'))
  await refusal
  // What comes late was asked for all the same.
  line.tamper = (frame) => frame
  for (const frame of held) line.frames.push({ to: 'b', frame })
  await settle([line])
  assert.equal(line.isCut, false)
  const gone = asker.ask('blocks', bytes('[3]'))
  line.cut()
  assert.equal(await gone, undefined)
})

test('a peer is asked 128 questions at a time, and all are answered', async () => {
  const { copy, asker, answerer, line } = await pair(2000)
  answerer.onAsk('blocks', answerBlocks)
  let [open, most] = [0, 0]
  line.tamper = (frame, to) => {
    if (to === 'a' && frame[0] === 13) most = Math.max(most, ++open)
    if (to === 'b' && frame[0] === ANSWER) open--
    return frame
  }
  const asks = Array.from({ length: 1000 }, (_, i) => asker.ask('blocks', bytes(`[${2 * i}]`)))
  const answers = await asked(Promise.all(asks), line)
  assert.ok(answers.every((answer) => answer?.length === 1))
  assert.equal(copy.storedCount, 1000)
  assert.ok(most > 1 && most <= 128, `${most} open`)
})
