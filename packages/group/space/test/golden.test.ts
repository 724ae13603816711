/** Bytes that must never change: entries, operations, links and requests as version 1 writes them. */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bytesToHex, bytesToId, hexToBytes } from '@hamlet/core'
import {
  composeEntry,
  createJoinRequest,
  decodeEntry,
  decodeJoinRequest,
  decodeLink,
  decodeOperation,
  deriveInviteKeys,
  encodeContent,
  encodeCore,
  encodeLink,
  encodeOperation,
  openContent,
  sealContent,
} from '@hamlet/space'
import type { ControlOperation, EntryCore, InviteLink } from '@hamlet/space'
import { crypto, identityOf, NOW_MS, seededRandom } from './_world.ts'

const FILE = fileURLToPath(new URL('golden/space-v1.json', import.meta.url))
const filled = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const id = (byte: number): never => bytesToId(filled(byte)) as never

const HEADER: EntryCore = {
  space: id(1),
  device: id(2),
  seq: 7,
  previous: id(3),
  deps: [{ device: id(4), seq: 9, id: id(5) }],
  time: { milliseconds: 1_700_000_000_000, counter: 5 },
  epoch: id(6),
}

const SEAL = { to: id(2), enc: filled(8), ciphertext: new Uint8Array(48).fill(9) }
const CUT = [{ device: id(2), length: 3, id: id(4) }]

const OPERATIONS: readonly ControlOperation[] = [
  {
    name: 'genesis',
    person: id(1),
    certificate: filled(2),
    history: 'all',
    nonce: filled(3).slice(16),
  },
  { name: 'epoch', commitment: filled(1), parents: [id(2)], seals: [SEAL], chain: filled(3) },
  {
    name: 'invite',
    publicKey: filled(1),
    role: 'writer',
    mode: 'approve',
    expiresAtMs: NOW_MS,
    maxUses: 1,
    sealedRequestKey: new Uint8Array(48).fill(2),
    epoch: id(3),
    sealedSecret: undefined,
  },
  { name: 'invite-revoke', invite: id(1) },
  { name: 'join-request', request: filled(1) },
  { name: 'join-decline', request: id(0x11) },
  {
    name: 'admit',
    request: id(1),
    role: 'reader',
    incarnation: 0,
    seals: [{ epoch: id(3), ...SEAL }],
  },
  { name: 'grant', person: id(1), role: 'admin' },
  { name: 'remove', person: id(1), cut: CUT },
  { name: 'leave', cut: CUT },
  { name: 'demote', person: id(1), role: 'reader', cut: CUT },
  { name: 'policy', policy: 'history', value: 'from-join' },
  {
    name: 'owner-transfer',
    person: id(1),
    cut: CUT,
    signatures: [{ person: id(2), signature: new Uint8Array(64).fill(3) }],
  },
  { name: 'device-add', certificate: filled(1), seals: [{ epoch: id(3), ...SEAL }] },
  { name: 'device-revoke', device: id(1), length: 3, id: id(4), rootSignature: undefined },
  {
    name: 'device-reset',
    device: id(1),
    length: 0,
    id: undefined,
    rootSignature: new Uint8Array(64).fill(5),
  },
  { name: 'fork', proof: filled(1) },
  { name: 'seals', epoch: id(1), seals: [SEAL] },
  { name: 'prekey', prekey: filled(1) },
  { name: 'complaint', epoch: id(1) },
]

const LINK: InviteLink = {
  space: id(1),
  secret: filled(2),
  invite: id(3),
  inviter: id(4),
  expiresAtMs: NOW_MS,
  hints: ['/ip4/127.0.0.1/tcp/4001'],
  spaceName: 'Home',
  inviterName: 'Ada',
  role: 'writer',
  mode: 'approve',
}

function makeAll(): Record<string, string> {
  const core = encodeCore(HEADER)
  const content = encodeContent({ type: 'chat.message', value: ['hello'] })
  const payload = sealContent(crypto, filled(7), filled(8).slice(16), core, content)
  const { entry, block } = composeEntry(crypto, HEADER, core, payload)
  const random = seededRandom('golden')
  const { person, certificate, deviceSigner } = identityOf(crypto, random)
  const { signer, requestKey } = deriveInviteKeys(crypto, LINK.secret)
  const request = createJoinRequest(
    { crypto, random },
    { inviteSigner: signer, requestKey, device: deviceSigner },
    { space: LINK.space, invite: LINK.invite, person, certificate, name: 'Ben' },
  )
  const operations = OPERATIONS.map((operation) => [
    operation.name,
    bytesToHex(encodeOperation(operation)),
  ])
  return {
    entry: bytesToHex(block),
    entryId: entry.id,
    link: encodeLink(LINK),
    invitePublicKey: bytesToHex(signer.publicKey),
    request: bytesToHex(request),
    ...Object.fromEntries(operations),
  }
}

test('what is written today is what version 1 has always written', () => {
  const made = makeAll()
  if (process.env['UPDATE_GOLDEN'] === '1')
    writeFileSync(FILE, `${JSON.stringify(made, null, 2)}\n`)
  assert.deepEqual(made, JSON.parse(readFileSync(FILE, 'utf8')))
})

test('what version 1 has written can be read', () => {
  const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, string>
  const decoded = decodeEntry(hexToBytes(golden['entry']!), crypto)
  assert.ok(decoded.ok)
  assert.equal(decoded.value.id, golden['entryId'])
  assert.deepEqual(openContent(crypto, filled(7), decoded.value.core, decoded.value.payload), {
    ok: true,
    value: { type: 'chat.message', value: ['hello'] },
  })
  assert.deepEqual(decodeLink(golden['link']!), { ok: true, value: LINK })
  assert.ok(decodeJoinRequest(hexToBytes(golden['request']!)).ok)
  for (const operation of OPERATIONS) {
    const value = decodeOperation(hexToBytes(golden[operation.name]!))
    assert.deepEqual(value, { ok: true, value: operation })
  }
})
