import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import {
  cosign,
  cosignerKeyOf,
  ENTRY_PROOF_BYTES_MAX,
  parseEntryProof,
  parseNote,
  proveEntry,
  renderEntryProof,
  TileReader,
  verifyEntryProof,
  withCosignatures,
} from '@hamlet/log'
import { signerOf, testCrypto } from './_crypto.ts'
import { block, blocksOf } from './_logs.ts'
import { policyOf, published, readerOptions } from './_published.ts'

const { log, disk } = await published(700)
const checkpoint = log.checkpoint()!
const policy = policyOf(log)
const proof = await proveEntry(log, 300, checkpoint)
const text = renderEntryProof(proof)

test('an entry is proven by one text, made by the author or by anybody who reads the published log', async () => {
  const proven = verifyEntryProof(testCrypto, utf8(text), block(300), policy)
  assert.ok(proven.ok)
  assert.deepEqual([proven.value.index, proven.value.checkpoint.length], [300, 700])
  assert.match(text, /^c2sp\.org\/tlog-proof@v1\nindex 300\n(?:[A-Za-z0-9+/]{43}=\n){10}\nhamlet/)
  const reader = await TileReader.open(readerOptions(log, disk))
  assert.equal(renderEntryProof(await proveEntry(reader, 300, checkpoint)), text)
})

test('every entry is proven in every place it has, and in no other', async () => {
  for (const index of [0, 1, 255, 256, 511, 512, 698, 699]) {
    const bytes = utf8(renderEntryProof(await proveEntry(log, index, checkpoint)))
    assert.ok(verifyEntryProof(testCrypto, bytes, block(index), policy).ok)
    const other = verifyEntryProof(testCrypto, bytes, block(index + 1), policy)
    assert.equal(!other.ok && other.error.code, 'TLOG_DAMAGED')
  }
  const moved = verifyEntryProof(
    testCrypto,
    utf8(text.replace('index 300', 'index 301')),
    block(300),
    policy,
  )
  assert.equal(moved.ok, false)
})

test('a proof from before the log grew stays good', async () => {
  await log.append(blocksOf(700, 900))
  assert.ok(verifyEntryProof(testCrypto, utf8(text), block(300), policy).ok)
  // And the longer log proves it against the older checkpoint.
  assert.equal(renderEntryProof(await proveEntry(log, 300, checkpoint)), text)
})

test('a policy of witnesses is asked of a proof too', () => {
  const witness = signerOf(new Uint8Array(32).fill(3))
  const key = cosignerKeyOf(testCrypto, 'witness.example/w1', witness.publicKey)
  const strict = { ...policy, witnesses: [key], quorum: 1 }
  const refused = verifyEntryProof(testCrypto, utf8(text), block(300), strict)
  assert.equal(!refused.ok && refused.error.code, 'TLOG_QUORUM')
  const line = cosign(
    testCrypto,
    witness,
    key.name,
    parseNote(utf8(checkpoint))!.text,
    1_700_000_000,
  )
  const cosigned = { ...proof, checkpoint: withCosignatures(checkpoint, [line]) }
  assert.ok(verifyEntryProof(testCrypto, utf8(renderEntryProof(cosigned)), block(300), strict).ok)
})

test('extra data travels along, and nobody vouches for it', () => {
  const extra = Uint8Array.of(1, 2, 3)
  const bytes = utf8(renderEntryProof({ ...proof, extra }))
  assert.deepEqual(parseEntryProof(bytes), { ...proof, extra })
  assert.ok(verifyEntryProof(testCrypto, bytes, block(300), policy).ok)
})

test('a proof has one spelling', () => {
  const wrong = [
    text.replace('@v1', '@v2'),
    text.replace('index 300', 'index 0300'),
    text.replace('index 300', 'index -1'),
    text.replace('index 300', 'index 9007199254740992'),
    text.replace('index 300', 'extra AQ==\nextra AQ==\nindex 300'),
    text.replace('index 300', 'extra AQ\nindex 300'),
    text.replace('index 300\n', ''),
    text.replace('index 300\n', 'index 300\nAAAA\n'),
    text.replace('\n\n', '\n'),
    ` ${text}`,
    text.slice(0, -1),
    `${text}\n`,
  ]
  for (const spelled of wrong) assert.equal(parseEntryProof(utf8(spelled)), undefined, spelled)
  const malformed = verifyEntryProof(testCrypto, utf8('x'), block(300), policy)
  assert.equal(!malformed.ok && malformed.error.code, 'TLOG_MALFORMED')
})

test('a proof of 63 hashes and one of 256 KiB are read, more is not', () => {
  const hashes = Array.from({ length: 64 }, () => new Uint8Array(32))
  const long = (count: number): unknown =>
    parseEntryProof(utf8(renderEntryProof({ ...proof, proof: hashes.slice(0, count) })))
  assert.ok(long(63))
  assert.equal(long(64), undefined)
  const bytes = utf8(renderEntryProof({ ...proof, extra: new Uint8Array(ENTRY_PROOF_BYTES_MAX) }))
  assert.equal(parseEntryProof(bytes), undefined)
})
