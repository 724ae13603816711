import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { concatBytes, uint64ToBytes, utf8 } from '@hamlet/core'
import {
  cosign,
  cosignedText,
  cosignerKeyOf,
  cosignerSigner,
  noteKeyOf,
  openCheckpoint,
  originOf,
  parseCosignerKey,
  parseNote,
  parseNoteKey,
  renderCosignerKey,
  renderNoteKey,
  verifyCosignature,
  withCosignatures,
} from '@hamlet/log'
import { signerOf, testCrypto } from './_crypto.ts'
import { signer } from './_logs.ts'
import { authorOf, policyOf } from './_published.ts'
import { withVectors } from './_vectors.ts'
import type { CheckpointPolicy, CosignerKey, NoteSignature } from '@hamlet/log'

const TIME_S = 1_679_315_147
const witnesses = [1, 2, 3].map((n) => signerOf(new Uint8Array(32).fill(n)))
const keys = witnesses.map(({ publicKey }, i) =>
  cosignerKeyOf(testCrypto, `witness.example/w${i}`, publicKey),
)
const log = await authorOf(5)
const checkpoint = log.checkpoint()!
const { text } = parseNote(utf8(checkpoint))!

function lineOf(witness: number, timeS = TIME_S): NoteSignature {
  return cosign(testCrypto, witnesses[witness]!, keys[witness]!.name, text, timeS)
}

function open(
  note: string,
  more: Partial<CheckpointPolicy> = {},
): ReturnType<typeof openCheckpoint> {
  return openCheckpoint(testCrypto, utf8(note), { ...policyOf(log), witnesses: keys, ...more })
}

function codeOf(note: string, more: Partial<CheckpointPolicy> = {}): string | undefined {
  const opened = open(note, more)
  return opened.ok ? undefined : opened.error.code
}

test('the published example is read: the time of its cosignature and the text that was signed', () => {
  withVectors('c2sp/signed-notes.json', 34, (vectors) => {
    const { checkpoints } = JSON.parse(vectors) as {
      checkpoints: readonly {
        readonly id: string
        readonly note: string
        readonly cosignedMessage?: string
      }[]
    }
    const example = checkpoints.find(({ id }) => id === 'spec-cosigned-checkpoint')!
    const note = parseNote(utf8(example.note))!
    const line = note.signatures[1]!
    const timeS = Number(
      new DataView(line.signature.buffer, line.signature.byteOffset).getBigUint64(0),
    )
    assert.equal(timeS, 1_679_315_147)
    assert.equal(cosignedText(note.text, timeS), example.cosignedMessage)
    return 34
  })
})

test('a cosignature is Ed25519 over the text that the specification says, by the platform’s own check', () => {
  const line = lineOf(0)
  const message = `cosignature/v1\ntime ${TIME_S}\n${text}`
  const x = Buffer.from(witnesses[0]!.publicKey).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  assert.deepEqual(line.signature.subarray(0, 8), uint64ToBytes(TIME_S))
  assert.ok(verify(null, Buffer.from(message), key, line.signature.subarray(8)))
  const id = createHash('sha256').update(`${line.name}\n`).update(Uint8Array.of(4))
  assert.equal(id.update(witnesses[0]!.publicKey).digest('hex').slice(0, 8), line.keyId)
})

test('a cosignature holds for its cosigner, its text and its time only', () => {
  const line = lineOf(0)
  assert.equal(verifyCosignature(testCrypto, keys[0]!, text, line), TIME_S)
  assert.equal(verifyCosignature(testCrypto, keys[1]!, text, line), undefined)
  assert.equal(
    verifyCosignature(testCrypto, keys[0]!, text.replace('\n5\n', '\n6\n'), line),
    undefined,
  )
  const signature = line.signature.slice()
  signature[7]! ^= 1
  assert.equal(verifyCosignature(testCrypto, keys[0]!, text, { ...line, signature }), undefined)
  const short = { ...line, signature: line.signature.subarray(8) }
  assert.equal(verifyCosignature(testCrypto, keys[0]!, text, short), undefined)
  const plain = { ...line, signature: witnesses[0]!.sign(utf8(text)) }
  assert.equal(verifyCosignature(testCrypto, keys[0]!, text, plain), undefined)
})

test('times beyond what a number can say, and time zero, are refused', () => {
  const late = concatBytes(
    Uint8Array.of(0x7f, 255, 255, 255, 255, 255, 255, 255),
    new Uint8Array(64),
  )
  const line = { ...lineOf(0), signature: late }
  assert.equal(verifyCosignature(testCrypto, keys[0]!, text, line), undefined)
  assert.throws(() => lineOf(0, 0), /has a time/)
  assert.throws(() => cosign(testCrypto, witnesses[0]!, 'w', 'no checkpoint\n', 5), /checkpoints/)
  assert.throws(() => cosign(testCrypto, witnesses[0]!, 'a b', text, 5), /name/)
})

test('two of three named witnesses are a quorum, one is not', () => {
  const one = withCosignatures(checkpoint, [lineOf(0)])
  const two = withCosignatures(one, [lineOf(2, TIME_S + 60)])
  assert.equal(codeOf(checkpoint, { quorum: 1 }), 'TLOG_QUORUM')
  assert.equal(codeOf(one, { quorum: 2 }), 'TLOG_QUORUM')
  const opened = open(two, { quorum: 2 })
  assert.ok(opened.ok)
  assert.deepEqual(
    opened.value.cosignatures.map(({ name, timeS }) => [name, timeS]),
    [
      ['witness.example/w0', TIME_S],
      ['witness.example/w2', TIME_S + 60],
    ],
  )
  assert.equal(opened.value.length, 5)
})

test('a line that is repeated, of an unknown witness or dated ahead does not count', () => {
  const stranger = signerOf(new Uint8Array(32).fill(50))
  const foreign = cosign(testCrypto, stranger, 'witness.example/w9', text, TIME_S)
  const twice = `${withCosignatures(checkpoint, [lineOf(0), foreign])}${withCosignatures(
    checkpoint,
    [lineOf(0)],
  )
    .split('\n')
    .at(-2)}\n`
  assert.equal(codeOf(twice, { quorum: 1 }), undefined)
  assert.equal(codeOf(twice, { quorum: 2 }), 'TLOG_QUORUM')
  assert.equal(codeOf(twice, { quorum: 1, notAfterS: TIME_S }), undefined)
  assert.equal(codeOf(twice, { quorum: 1, notAfterS: TIME_S - 1 }), 'TLOG_QUORUM')
})

test('a wrong line of a known witness spoils the note, as does a wrong one of the log', () => {
  const { signature, ...rest } = lineOf(0)
  const wrong = { ...rest, signature: signature.map((byte, i) => (i === 70 ? byte ^ 1 : byte)) }
  assert.equal(
    codeOf(withCosignatures(checkpoint, [lineOf(1), wrong]), { quorum: 1 }),
    'TLOG_SIGNATURE',
  )
  const other = checkpoint.replace('\n5\n', '\n6\n')
  assert.equal(codeOf(other), 'TLOG_SIGNATURE')
})

test('a checkpoint of a log that is not known, and one that is none, are told apart', () => {
  assert.equal(codeOf(checkpoint, { logs: [] }), 'TLOG_OTHER')
  assert.equal(codeOf('hello\n\n\u2014 a AAAAAAA=\n'), 'TLOG_MALFORMED')
  // The origin has to be the name of the key that signed.
  const renamed = noteKeyOf(testCrypto, 'example.com/log', signer.publicKey)
  assert.equal(codeOf(checkpoint, { logs: [renamed] }), 'TLOG_OTHER')
})

test('a policy that counts a key twice or asks for more than there are is a mistake', () => {
  const twice: CosignerKey = { ...keys[0]!, name: 'again' }
  assert.throws(() => open(checkpoint, { witnesses: [keys[0]!, twice] }), /each public key once/)
  assert.throws(() => open(checkpoint, { quorum: 4 }), /at most the number/)
})

test('verifier keys have one spelling, and another type for each purpose', () => {
  const texts = keys.map(renderCosignerKey)
  for (const [i, vkey] of texts.entries())
    assert.deepEqual(parseCosignerKey(testCrypto, vkey), keys[i])
  const logKey = noteKeyOf(testCrypto, originOf(log.id), signer.publicKey)
  assert.deepEqual(parseNoteKey(testCrypto, renderNoteKey(logKey)), logKey)
  assert.equal(parseCosignerKey(testCrypto, renderNoteKey(logKey)), undefined)
  assert.equal(parseNoteKey(testCrypto, texts[0]!), undefined)
  for (const wrong of [`${texts[0]}=`, texts[0]!.toUpperCase(), ` ${texts[0]}`, '']) {
    assert.equal(parseCosignerKey(testCrypto, wrong), undefined)
  }
})

test('one seed gives another key for each purpose, none of them the seed’s own', () => {
  const seed = new Uint8Array(32).fill(7)
  const made = [
    signerOf(seed),
    cosignerSigner(testCrypto, seed, 'witness'),
    cosignerSigner(testCrypto, seed, 'mirror'),
  ].map(({ publicKey }) => Buffer.from(publicKey).toString('hex'))
  assert.equal(new Set(made).size, 3)
})
