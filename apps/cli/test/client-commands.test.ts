/** Commands about programs with keys of their own: files that are made, what is signed with them, what is refused. */

import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { base64ToBytes } from '@hamlet/core'
import type { ApiClient, CertifiedClient, OperationReply, SignedOperationInput } from '@hamlet/http'
import { readClientOperation, verifyClientOperation } from '@hamlet/identity'
import type { ClientCertificate } from '@hamlet/identity'
import { createNodeCrypto } from '@hamlet/identity/node'

import { NOON_MS, runCli, startTestPeer } from './_cli.ts'

const folder = await mkdtemp(join(tmpdir(), 'hamlet-clients-'))
after(() => rm(folder, { recursive: true }))

let made = 0
function newPath(name: string): string {
  return join(folder, `${made++}-${name}`)
}

for (const [algorithm, digits] of [
  ['ed25519', 64],
  ['p256', 130],
] as const) {
  test(`a key of ${algorithm} is made in PEM for its owner alone, and its public half is told`, async () => {
    const key = newPath('key.pem')
    const result = await runCli(['genkey', '--algorithm', algorithm, '-o', key])
    assert.equal(result.code, 0)
    assert.match(result.stdout, new RegExp(`^[0-9a-f]{${digits}}\n$`))
    assert.equal((await stat(key)).mode & 0o777, 0o600)
    const pem = await readFile(key, 'utf8')
    assert.match(pem, /^-----BEGIN PRIVATE KEY-----\n/)
    const again = await runCli(['genkey', '-o', key, '--json'])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /FILE_EXISTS/)
    assert.equal(await readFile(key, 'utf8'), pem)
  })

  test(`what is signed with a key of ${algorithm} verifies under what was told`, async () => {
    await using peer = await startTestPeer()
    const [key, client] = [newPath('key.pem'), newPath('client.json')]
    const publicKey = (await runCli(['genkey', '--algorithm', algorithm, '-o', key])).stdout.trim()
    const certify = ['client', 'certify', publicKey, '--label', 'Books', '--expires', '7d']
    const told = await peer.cli([...certify, '-o', client])
    assert.match(told.stdout, /^Books signs for you now\./)
    const file = JSON.parse(await readFile(client, 'utf8')) as CertifiedClient
    assert.equal(file.expiresAtMs, NOON_MS + 7 * 86_400_000)
    const space = 'ab'.repeat(32)
    const sign = ['sign', '--operation', 'add_expense', '--space', space, '--key', key]
    const data = '{"title":"Bread","amountMinor":350}'
    const signed = JSON.parse(
      (await runCli([...sign, '--certificate', client, '--data', data])).stdout,
    ) as SignedOperationInput
    const bytes = base64ToBytes(signed.operation)!
    const operation = readClientOperation(bytes)
    assert.ok(operation.ok)
    assert.deepEqual(operation.value.data, JSON.parse(data))
    assert.equal(operation.value.person, peer.api.id)
    assert.equal(operation.value.device, peer.api.device)
    assert.equal(operation.value.space, space)
    assert.equal(operation.value.atMs, NOON_MS)
    const facts = {
      algorithm,
      publicKey: Buffer.from(publicKey, 'hex'),
    } as never as ClientCertificate
    const signature = base64ToBytes(signed.signature)!
    assert.ok(verifyClientOperation(createNodeCrypto(), facts, bytes, signature, NOON_MS))
  })
}

test('a program is certified, asks for something, is listed with it, and is revoked', async () => {
  await using peer = await startTestPeer()
  const [key, client, request] = [
    newPath('key.pem'),
    newPath('client.json'),
    newPath('request.json'),
  ]
  const publicKey = (await runCli(['genkey', '-o', key])).stdout.trim()
  const printed = await peer.json<CertifiedClient>(
    'client',
    'certify',
    publicKey,
    '--label',
    'Books',
  )
  await writeFile(client, JSON.stringify(printed))
  const data = newPath('data.json')
  await writeFile(data, '{"name": "Trip"}')
  const sign = ['sign', '--operation', 'create_space', '--key', key, '--certificate', client]
  const signed = await runCli([...sign, '--data-file', data, '-o', request])
  assert.match(signed.stdout, /^Signed\./)
  const reply = await peer.json<OperationReply>('submit', request)
  assert.equal(reply.result.space!.name, 'Trip')
  const again = await peer.cli(['submit', request, '--json'])
  assert.match(again.stderr, /OPERATION_REPLAYED/)
  assert.match((await peer.cli(['client', 'history', 'Trip'])).stdout, /Books +create_space/)
  assert.match((await peer.cli(['client', 'list'])).stdout, /Books +ed25519 +valid/)
  assert.equal((await peer.cli(['client', 'revoke', publicKey.slice(0, 6)])).code, 0)
  const [listed] = await peer.json<ApiClient[]>('client', 'list')
  assert.equal(listed!.state, 'revoked')
  const unknown = await peer.cli(['client', 'revoke', 'nobody', '--json'])
  assert.match(unknown.stderr, /NOTHING_MATCHES/)
})

test('a key that others can read, another one, and what is no key are refused', async () => {
  await using peer = await startTestPeer()
  const [key, other, client] = [newPath('key.pem'), newPath('other.pem'), newPath('client.json')]
  const publicKey = (await runCli(['genkey', '-o', key])).stdout.trim()
  await runCli(['genkey', '-o', other])
  await peer.cli(['client', 'certify', publicKey, '--label', 'Books', '-o', client])
  const sign = (file: string, ...more: readonly string[]) => {
    const fixed = ['sign', '--operation', 'get_spaces', '--certificate', client, '--key', file]
    return runCli([...fixed, '--json', ...more])
  }
  assert.equal((await sign(key)).code, 0)
  assert.match((await sign(other)).stderr, /KEY_UNUSABLE/)
  assert.match((await sign(client)).stderr, /KEY_UNUSABLE/)
  assert.match((await sign(newPath('nothing'))).stderr, /FILE_FAILED/)
  await chmod(key, 0o640)
  assert.match((await sign(key)).stderr, /KEY_EXPOSED/)
  await chmod(key, 0o600)
  const wrong: readonly (readonly string[])[] = [
    ['--data', '{'],
    ['--data', '{"a":0.5}'],
    ['--space', 'Trip'],
    ['--data', '{}', '--data-file', client],
  ]
  for (const more of wrong) assert.equal((await sign(key, ...more)).code, 2, more.join(' '))
  assert.match((await sign(key, '--data', '[]')).stderr, /OPERATION_MALFORMED/)
})

test('a key in the form of PearBook, SEC 1 in PEM, signs too', async () => {
  const key = newPath('sec1.pem')
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = pair.privateKey.export({ type: 'sec1', format: 'pem' })
  await writeFile(key, pem, { mode: 0o600 })
  const client = newPath('client.json')
  await using peer = await startTestPeer()
  const { x, y } = pair.publicKey.export({ format: 'jwk' })
  const hex = [x!, y!].map((part) => Buffer.from(part, 'base64url').toString('hex')).join('')
  await peer.cli(['client', 'certify', `04${hex}`, '--label', 'Till', '-o', client])
  const sign = ['sign', '--operation', 'get_spaces', '--key', key, '--certificate', client]
  const request = (await runCli(sign)).stdout
  const reply = await peer.cli(['submit', '-', '--json'], { stdin: request })
  assert.deepEqual((JSON.parse(reply.stdout) as OperationReply).result.spaces, [])
})
