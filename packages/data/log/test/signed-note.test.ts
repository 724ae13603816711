import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64ToBytes, bytesToBase64, utf8 } from '@hamlet/core'
import {
  noteKeyOf,
  openNote,
  originOf,
  parseCheckpointBody,
  parseNote,
  parseNoteKey,
  renderNote,
  signNote,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { testCrypto } from './_crypto.ts'
import { blocksOf, openAuthor } from './_logs.ts'
import { withVectors } from './_vectors.ts'
import type { NoteKey, NoteSignature } from '@hamlet/log'

interface KeyCase {
  readonly vkey: string
  readonly name: string
  readonly keyId: string
}

interface OpenCase {
  readonly id: string
  readonly verifiers: readonly string[]
  readonly noteBase64: string
  readonly expect: string
  readonly text?: string
  readonly verified?: readonly object[]
  readonly unverified?: readonly object[]
}

interface SignCase {
  readonly text: string
  readonly note: string
  readonly existingNote?: string
  readonly signerKeyParts: readonly string[]
}

interface BodyCase {
  readonly id: string
  readonly text: string
  readonly note: string
  readonly expect: string
  readonly origin: string
  readonly treeSize: string
  readonly rootHashBase64: string
  readonly signatures: readonly { readonly name: string; readonly keyId: string }[]
}

interface NoteVectors {
  readonly verifierKeys: {
    readonly valid: readonly KeyCase[]
    readonly invalid: readonly KeyCase[]
  }
  readonly open: readonly OpenCase[]
  readonly sign: readonly SignCase[]
  readonly signRefuse: readonly { readonly text: string }[]
  readonly checkpoints: readonly BodyCase[]
  readonly checkpointBodies: readonly BodyCase[]
}

test('decides every public case of signed notes and checkpoints', () => {
  withVectors('c2sp/signed-notes.json', 34, (text) => {
    const vectors = JSON.parse(text) as NoteVectors
    const groups = [
      keyCases(vectors),
      vectors.open.map(openCase),
      vectors.sign.map(signCase),
      vectors.signRefuse.map(({ text }) => refuseCase(text)),
      vectors.checkpoints.map(checkpointCase),
      vectors.checkpointBodies.map(bodyCase),
    ]
    return groups.flat().length
  })
})

/** Five keys, and the 2,276 that the file describes by a rule. */
function keyCases({ verifierKeys }: NoteVectors): readonly unknown[] {
  for (const { vkey, name, keyId } of verifierKeys.valid) {
    const key = parseNoteKey(testCrypto, vkey)
    assert.deepEqual([key?.name, key?.keyId], [name, keyId])
  }
  for (const { vkey } of verifierKeys.invalid)
    assert.equal(parseNoteKey(testCrypto, vkey), undefined)
  const [key] = verifierKeys.valid.filter(({ name }) => name === 'PeterNeumann')
  for (const mangled of manglesOf(key!.vkey)) {
    assert.equal(parseNoteKey(testCrypto, mangled), undefined, mangled)
  }
  return [...verifierKeys.valid, ...verifierKeys.invalid]
}

function* manglesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; start++) {
    for (let end = start; end <= text.length; end++) {
      if (end - start < text.length) yield text.slice(start, end)
    }
    const bumped = String.fromCharCode(text.charCodeAt(start) + 1)
    yield text.slice(0, start) + bumped + text.slice(start + 1)
  }
}

const nameAndId = ({ name, keyId }: NoteSignature): object => ({ name, keyId })

function openCase(item: OpenCase): unknown {
  const keys = item.verifiers.map((vkey) => parseNoteKey(testCrypto, vkey) as NoteKey)
  const opened = openNote(testCrypto, base64ToBytes(item.noteBase64)!, keys)
  if (!opened.ok) return assert.equal(opened.reason, item.expect, item.id)
  assert.equal(item.expect, 'ok', item.id)
  assert.equal(opened.text, item.text)
  assert.deepEqual(opened.verified.map(nameAndId), item.verified, item.id)
  return assert.deepEqual(opened.unverified.map(nameAndId), item.unverified, item.id)
}

function signCase(item: SignCase): unknown {
  const [, , name, , ...typed] = item.signerKeyParts.join('+').split('+')
  const signer = testCrypto.signer(base64ToBytes(typed.join('+'))!.slice(1))
  const note = item.existingNote ? parseNote(utf8(item.existingNote))! : emptyNote(item.text)
  return assert.equal(renderNote(signNote(testCrypto, note, name!, signer)!), item.note)
}

function emptyNote(text: string): { readonly text: string; readonly signatures: [] } {
  return { text, signatures: [] }
}

function refuseCase(text: string): unknown {
  const signer = testCrypto.signer(new Uint8Array(32))
  return assert.equal(signNote(testCrypto, emptyNote(text), 'name', signer), undefined)
}

function checkpointCase(item: BodyCase): unknown {
  const note = parseNote(utf8(item.note))!
  const signatures = item.signatures.map(({ name, keyId }) => ({ name, keyId }))
  assert.deepEqual(note.signatures.map(nameAndId), signatures)
  assert.equal(renderNote(note), item.note)
  return bodyCase({ ...item, text: note.text })
}

function bodyCase(item: BodyCase): unknown {
  const body = parseCheckpointBody(item.text)
  if (item.expect !== 'ok') return assert.equal(body, undefined, item.id)
  const { origin, length, root } = body!
  const found = [origin, String(length), bytesToBase64(root)]
  return assert.deepEqual(found, [item.origin, item.treeSize, item.rootHashBase64])
}

test("a log's checkpoint opens with the author's key and no other", async () => {
  const log = await openAuthor(createMemoryDisk())
  assert.equal(log.checkpoint(), undefined)
  await log.append(blocksOf(0, 3))
  const note = utf8(log.checkpoint()!)
  const key = noteKeyOf(testCrypto, originOf(log.id), log.publicKey)
  const opened = openNote(testCrypto, note, [key])
  assert.ok(opened.ok)
  const body = parseCheckpointBody(opened.text)!
  assert.deepEqual([body.origin, body.length, body.root], [originOf(log.id), 3, log.root()])
  const other = testCrypto.signer(new Uint8Array(32)).publicKey
  const stranger = noteKeyOf(testCrypto, originOf(log.id), other)
  assert.deepEqual(openNote(testCrypto, note, [stranger]), { ok: false, reason: 'unverified' })
})

function namesIn(name: string): readonly string[] | undefined {
  const note = parseNote(utf8(`text\n\n\u2014 ${name} AAAAAAA=\n`))
  return note?.signatures.map((signature) => signature.name)
}

test('a key name holds no space that Unicode knows, and anything else but plus', () => {
  for (const space of ['\u0085', '\u00a0', '\u2003', '\u3000', '+']) {
    assert.equal(namesIn(`a${space}b`), undefined)
  }
  for (const other of ['\ufeff', '\u200b', '\u00e9', '/']) {
    assert.deepEqual(namesIn(`a${other}b`), [`a${other}b`])
  }
})
