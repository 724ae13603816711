// The answers follow C2SP tlog-witness, `add-checkpoint`.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, decodeUtf8, utf8 } from '@hamlet/core'
import {
  Witness,
  cosignerKeyOf,
  decodeAddCheckpoint,
  decodeConflict,
  decodeCosignatures,
  encodeAddCheckpoint,
  noteKeyOf,
  openCheckpoint,
  originOf,
  publishLog,
  renderNote,
  signNote,
  submitCheckpoint,
  TileReader,
  verifyCosignature,
  withCosignatures,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { seededRandom, signerOf, testCrypto } from './_crypto.ts'
import { blocksOf, openAuthor, signer } from './_logs.ts'
import { authorOf, policyOf, readerOptions } from './_published.ts'
import type { Clock } from '@hamlet/core'
import type { Log, WitnessAnswer } from '@hamlet/log'
import type { MemoryDisk } from '@hamlet/store'

const NAME = 'witness.example/w1'
const witnessSigner = signerOf(new Uint8Array(32).fill(61))
const witnessKey = cosignerKeyOf(testCrypto, NAME, witnessSigner.publicKey)
const log = await authorOf(100)
const origin = originOf(log.id)
const checkpoints = new Map<number, string>()
const growing = await openAuthor(createMemoryDisk())
for (const length of [1, 10, 50, 100]) {
  await growing.append(blocksOf(growing.length, length))
  checkpoints.set(length, growing.checkpoint()!)
}

interface Setting {
  readonly witness: Witness
  readonly disk: MemoryDisk
  readonly time: { nowMs: number }
}

function witnessOn(disk = createMemoryDisk(), time = { nowMs: 1_700_000_000_000 }): Setting {
  const clock: Clock = {
    wall: () => time.nowMs,
    monotonic: () => time.nowMs,
    after: () => () => undefined,
  }
  const key = noteKeyOf(testCrypto, origin, signer.publicKey)
  const witness = new Witness({
    crypto: testCrypto,
    clock,
    disk,
    directory: 'witness',
    name: NAME,
    signer: witnessSigner,
    keysOf: (asked) => (asked === origin ? [key] : []),
  })
  return { witness, disk, time }
}

function request(
  oldLength: number,
  length: number,
  more: { from?: Log; checkpoint?: string } = {},
): Uint8Array {
  const { from = log, checkpoint = checkpoints.get(length)! } = more
  const proof =
    oldLength === 0 || oldLength > length ? [] : from.consistencyProof(oldLength, length)
  return encodeAddCheckpoint({ oldLength, proof, checkpoint: utf8(checkpoint) })
}

function timeIn(answer: WitnessAnswer, length: number): number | undefined {
  const line = decodeCosignatures(answer.body)?.[0]
  const text = checkpoints.get(length)!.split('\n\n')[0]
  return line && verifyCosignature(testCrypto, witnessKey, `${text}\n`, line)
}

function emptyNote(root: Uint8Array): string {
  const text = `${origin}\n0\n${Buffer.from(root).toString('base64')}\n`
  return renderNote(signNote(testCrypto, { text, signatures: [] }, origin, signer)!)
}

test('a log is followed from checkpoint to checkpoint, each with a proof', async () => {
  const { witness, time } = witnessOn()
  const first = await witness.addCheckpoint(request(0, 10))
  assert.deepEqual([first.status, timeIn(first, 10)], [200, 1_700_000_000])
  time.nowMs += 5000
  const second = await witness.addCheckpoint(request(10, 100))
  assert.deepEqual([second.status, timeIn(second, 100)], [200, 1_700_000_005])
  const again = await witness.addCheckpoint(request(100, 100))
  assert.equal(again.status, 200)
})

test('a clock that goes back does not take times back', async () => {
  const { witness, time } = witnessOn()
  await witness.addCheckpoint(request(0, 10))
  time.nowMs -= 3_600_000
  assert.equal(timeIn(await witness.addCheckpoint(request(10, 50)), 50), 1_700_000_000)
})

test('who is wrong about the last size is told it', async () => {
  const { witness } = witnessOn()
  const none = await witness.addCheckpoint(request(10, 50))
  assert.deepEqual([none.status, decodeUtf8(none.body)], [409, '0\n'])
  await witness.addCheckpoint(request(0, 50))
  const behind = await witness.addCheckpoint(request(0, 100))
  assert.deepEqual([behind.status, decodeConflict(behind.body)], [409, 50])
  assert.equal(behind.contentType, 'text/x.tlog.size')
  // Going back is the same: the old size cannot be both the last one and below the checkpoint's.
  assert.equal((await witness.addCheckpoint(request(10, 10))).status, 409)
})

test('what is not a request, not a known log, or not signed by it is refused', async () => {
  const { witness, disk } = witnessOn()
  const statusOf = async (body: Uint8Array): Promise<number> =>
    (await witness.addCheckpoint(body)).status
  assert.equal(await statusOf(utf8('old 5\n')), 400)
  assert.equal(await statusOf(request(50, 10)), 400)
  const other = await openAuthor(createMemoryDisk(), { namespace: new Uint8Array(32) })
  await other.append(blocksOf(0, 3))
  assert.equal(await statusOf(request(0, 3, { checkpoint: other.checkpoint()! })), 404)
  const note = checkpoints.get(10)!
  assert.equal(
    await statusOf(request(0, 10, { checkpoint: note.replace('\n10\n', '\n11\n') })),
    403,
  )
  const text = `${note.split('\n\n')[0]}\n`
  const stranger = signNote(testCrypto, { text, signatures: [] }, 'else', witnessSigner)!
  assert.equal(await statusOf(request(0, 10, { checkpoint: renderNote(stranger) })), 403)
  assert.equal(disk.files().size, 0)
})

test('another history gets no cosignature, however it is presented', async () => {
  const { witness, disk } = witnessOn()
  await witness.addCheckpoint(request(0, 10))
  const before = disk.files()
  const fork = await openAuthor(createMemoryDisk())
  await fork.append([...blocksOf(50, 60), ...blocksOf(0, 90)])
  const forged = request(10, 100, { from: fork, checkpoint: fork.checkpoint()! })
  assert.equal((await witness.addCheckpoint(forged)).status, 422)
  const short = await openAuthor(createMemoryDisk())
  await short.append(blocksOf(50, 60))
  const same = request(10, 10, { checkpoint: short.checkpoint()! })
  assert.equal((await witness.addCheckpoint(same)).status, 422)
  const proof = [...log.consistencyProof(10, 50), new Uint8Array(32)]
  const long = encodeAddCheckpoint({ oldLength: 10, proof, checkpoint: utf8(checkpoints.get(50)!) })
  assert.equal((await witness.addCheckpoint(long)).status, 422)
  assert.deepEqual(disk.files(), before)
})

test('with nothing to prove there must be no proof, and an empty log has one root', async () => {
  const { witness } = witnessOn()
  const checkpoint = utf8(checkpoints.get(10)!)
  const proof = [new Uint8Array(32)]
  const early = encodeAddCheckpoint({ oldLength: 0, proof, checkpoint })
  assert.equal((await witness.addCheckpoint(early)).status, 422)
  const wrong = encodeAddCheckpoint({
    oldLength: 0,
    proof: [],
    checkpoint: utf8(emptyNote(new Uint8Array(32))),
  })
  assert.equal((await witness.addCheckpoint(wrong)).status, 422)
  const right = emptyNote(testCrypto.hash(new Uint8Array()))
  const good = encodeAddCheckpoint({ oldLength: 0, proof: [], checkpoint: utf8(right) })
  assert.equal((await witness.addCheckpoint(good)).status, 200)
  assert.equal((await witness.addCheckpoint(request(0, 10))).status, 200)
})

test('of two requests at once for one size one is served, and nothing is rolled back', async () => {
  const { witness } = witnessOn()
  await witness.addCheckpoint(request(0, 10))
  const answers = await Promise.all([
    witness.addCheckpoint(request(10, 100)),
    witness.addCheckpoint(request(10, 50)),
  ])
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 409],
  )
  assert.match((await witness.checkpointOf(origin))!, /\n100\n/)
})

test('a witness that starts again remembers, and serves what it cosigned', async () => {
  const { witness, disk } = witnessOn()
  await witness.addCheckpoint(request(0, 50))
  const served = await witness.checkpointOf(origin)
  const again = witnessOn(disk).witness
  assert.equal(await again.checkpointOf(origin), served)
  const policy = { ...policyOf(log), witnesses: [witnessKey], quorum: 1 }
  assert.ok(openCheckpoint(testCrypto, utf8(served!), policy).ok)
  assert.equal((await again.addCheckpoint(request(0, 100))).status, 409)
  assert.equal((await again.addCheckpoint(request(50, 100))).status, 200)
  assert.equal(await again.checkpointOf('elsewhere'), undefined)
  const path = `witness/${bytesToHex(testCrypto.hash(utf8(origin)))}`
  assert.deepEqual([...disk.files().keys()], [path])
})

test('a file it cannot read as its own stops a witness: it never starts anew', async () => {
  const { witness, disk } = witnessOn()
  await witness.addCheckpoint(request(0, 50))
  const [path] = [...disk.files().keys()]
  disk.flipBit(path!, 8 * 90)
  const again = witnessOn(disk).witness
  await assert.rejects(again.addCheckpoint(request(0, 100)), { code: 'LOG_DAMAGED' })
  await disk.write(path!, utf8(checkpoints.get(50)!))
  await assert.rejects(witnessOn(disk).witness.addCheckpoint(request(0, 100)), {
    code: 'LOG_DAMAGED',
  })
})

test('no power cut makes a witness forget a checkpoint whose cosignature left', async () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = seededRandom(seed)
    let turns = random.bytes(1)[0]! % 9
    const disk = createMemoryDisk()
    const { witness } = witnessOn(disk)
    let signed = 0
    const steps = (async () => {
      for (const [from, to] of [
        [0, 1],
        [1, 10],
        [10, 50],
        [50, 100],
      ] as const) {
        if ((await witness.addCheckpoint(request(from, to))).status === 200) signed = to
      }
    })().catch(() => undefined)
    for (; turns > 0; turns--) await Promise.resolve()
    const before = signed
    disk.crash(random)
    const after = await witnessOn(disk).witness.checkpointOf(origin)
    assert.ok(Number(after?.split('\n')[1] ?? 0) >= before, `seed ${seed}`)
    await steps
  }
})

test('a log asks, is told how far the witness is, and gets its line', async () => {
  const { witness } = witnessOn()
  const post = (body: Uint8Array): Promise<WitnessAnswer> => witness.addCheckpoint(body)
  const common = { crypto: testCrypto, source: log, witness: witnessKey, post }
  await submitCheckpoint({ ...common, checkpoint: checkpoints.get(10)! })
  const newest = log.checkpoint()!
  const line = await submitCheckpoint({ ...common, checkpoint: newest })
  const cosigned = withCosignatures(newest, [line])
  const disk = createMemoryDisk()
  await publishLog(log, disk, { crypto: testCrypto, checkpoint: cosigned })
  const policy = { ...policyOf(log), witnesses: [witnessKey], quorum: 1 }
  const reader = await TileReader.open({ ...readerOptions(log, disk), policy })
  assert.equal(reader.checkpoint.cosignatures[0]?.name, NAME)
  // Published again without them, the cosignatures stay; and a reader can ask as well as the log.
  await publishLog(log, disk, { crypto: testCrypto })
  assert.equal((await TileReader.open({ ...readerOptions(log, disk), policy })).length, 100)
  const later = witnessOn()
  const asks = {
    ...common,
    source: reader,
    post: (body: Uint8Array) => later.witness.addCheckpoint(body),
  }
  await submitCheckpoint({ ...asks, checkpoint: checkpoints.get(50)! })
  await submitCheckpoint({ ...asks, checkpoint: newest, oldLength: 50 })
  await assert.rejects(submitCheckpoint({ ...asks, checkpoint: checkpoints.get(50)! }), {
    code: 'TLOG_INCONSISTENT',
  })
})

test('answers that no honest witness gives are refused', async () => {
  const answering = (status: number, body: string): Promise<unknown> =>
    submitCheckpoint({
      crypto: testCrypto,
      checkpoint: log.checkpoint()!,
      source: log,
      witness: witnessKey,
      post: async () => ({ status, body: utf8(body) }),
    })
  await assert.rejects(answering(403, ''), {
    code: 'TLOG_REFUSED',
    fields: { witness: NAME, status: 403 },
  })
  await assert.rejects(answering(409, '0\n'), { code: 'TLOG_REFUSED' })
  await assert.rejects(answering(409, '07\n'), { code: 'TLOG_REFUSED' })
  await assert.rejects(answering(409, '9007199254740993\n'), { code: 'TLOG_REFUSED' })
  await assert.rejects(answering(200, 'thanks\n'), { code: 'TLOG_MALFORMED' })
  await assert.rejects(answering(200, log.checkpoint()!.split('\n\n')[1]!), {
    code: 'TLOG_SIGNATURE',
  })
  let size = 0
  const restless = submitCheckpoint({
    crypto: testCrypto,
    checkpoint: log.checkpoint()!,
    source: log,
    witness: witnessKey,
    post: async () => ({ status: 409, body: utf8(`${++size}\n`) }),
  })
  await assert.rejects(restless, { code: 'TLOG_REFUSED' })
})

test('a request has one spelling', () => {
  const good = request(10, 50)
  const text = decodeUtf8(good)!
  const decoded = decodeAddCheckpoint(good)!
  assert.deepEqual(encodeAddCheckpoint(decoded), good)
  const wrong = [
    text.replace('old 10', 'old 010'),
    text.replace('old 10', 'old  10'),
    text.replace('old 10', 'Old 10'),
    text.replace('old 10', 'old -1'),
    text.replace('old 10', 'old 9007199254740992'),
    text.replace('old 10\n', 'old 10\nAAAA\n'),
    text.replace('old 10\n', 'old 10\r\n'),
    text.replace('=\n', '\n'),
    text.replace('\n\n', '\n'),
    text.slice(0, -1),
  ]
  for (const body of wrong) assert.equal(decodeAddCheckpoint(utf8(body)), undefined, body)
})

test('a proof of 63 hashes is read, one more is not', () => {
  const checkpoint = utf8(checkpoints.get(50)!)
  const proof = Array.from({ length: 63 }, () => new Uint8Array(32))
  assert.ok(decodeAddCheckpoint(encodeAddCheckpoint({ oldLength: 1, proof, checkpoint })))
  const more = encodeAddCheckpoint({ oldLength: 1, proof: [...proof, proof[0]!], checkpoint })
  assert.equal(decodeAddCheckpoint(more), undefined)
})

test('a request of more than 256 KiB and an answer of more than 64 KiB are not looked at', () => {
  const line = checkpoints.get(50)!.split('\n').at(-2)!
  const large = `${checkpoints.get(50)!}${`${line}\n`.repeat(40)}`
  assert.ok(decodeAddCheckpoint(utf8(`old 0\n\n${large}`)))
  assert.equal(decodeAddCheckpoint(utf8(`old 0\n\n${'a'.repeat(256 * 1024)}\n${large}`)), undefined)
  assert.equal(decodeCosignatures(utf8(`${line}\n`.repeat(90)))?.length, 90)
  const long = `\u2014 ${'w'.repeat(64 * 1024)} ${line.split(' ').at(-1)}\n`
  assert.equal(decodeCosignatures(utf8(long)), undefined)
})
