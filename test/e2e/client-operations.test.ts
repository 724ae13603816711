// @timeoutSeconds 420: real peers on a busy machine.
/**
 * A program with a key of its own against a real peer: everything by the command line and by plain requests, as a program
 * would; what is sent again, late or changed is refused by a real process, also after it was killed.
 */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { programFile } from '../_programs.ts'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'
import { letIn } from './_people.ts'

const MAIN = programFile('hamlet')
const TIMEOUT_MS = 400_000
const EURO = { code: 'EUR', exponent: 2 }

interface Reply {
  readonly id: string
  readonly result: Record<string, unknown>
}

/** Without any token, as `curl` would. */
async function post(peer: TestPeer, body: string): Promise<Response> {
  return await fetch(`${peer.ready.http}/api/v1/operations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
}

async function codeOf(reply: Response): Promise<string> {
  return ((await reply.json()) as { error: { code: string } }).error.code
}

async function signed(
  peer: TestPeer,
  operation: string,
  data: object,
  ...more: readonly string[]
): Promise<string> {
  const [key, certificate] = ['key.pem', 'client.json'].map((name) => join(peer.data, name))
  const files = ['--key', key!, '--certificate', certificate!]
  const args = ['sign', '--operation', operation, '--data', JSON.stringify(data), ...files, ...more]
  // Where the program is, which need not have a data directory.
  return (await promisify(execFile)(process.execPath, [MAIN, ...args])).stdout
}

async function ask(
  peer: TestPeer,
  ...what: readonly [string, object, ...string[]]
): Promise<Reply> {
  const reply = await post(peer, await signed(peer, ...what))
  if (reply.status !== 200) throw new Error(`${what[0]}: ${await reply.text()}`)
  return (await reply.json()) as Reply
}

async function certify(peer: TestPeer): Promise<void> {
  const key = join(peer.data, 'key.pem')
  const { publicKey } = await peer.json<{ publicKey: string }>('genkey', '-o', key)
  const client = join(peer.data, 'client.json')
  await peer.json('client', 'certify', publicKey, '--label', 'Till', '-o', client)
}

test(
  'a program runs a group by what it signs, and nobody can repeat or change it',
  { timeout: TIMEOUT_MS },
  async () => {
    const peers = await TestPeers.create()
    try {
      const [anna, ben] = [peers.peer('anna'), peers.peer('ben')]
      await Promise.all([anna.up(), ben.up()])
      await anna.request('PUT', '/name', { name: 'Anna' })
      await certify(anna)
      const made = await ask(anna, 'create_space', { name: 'Trip' })
      const space = (made.result['space'] as { id: string }).id
      await letIn(anna, ben, 'Ben', 'Trip')
      const [a, b] = await Promise.all(
        [anna, ben].map(
          async (peer) => (await peer.request<{ person: string }>('GET', '/status')).person,
        ),
      )
      const bill = {
        ...{ title: 'Tickets', currency: EURO, paid: [{ party: a!, amountMinor: 3000 }] },
        split: { shares: [a!, b!].map((party) => ({ party, weight: 1 })) },
      }
      const request = await signed(anna, 'add_expense', bill, '--space', space)
      const changed = JSON.stringify({
        ...(JSON.parse(request) as object),
        operation: Buffer.from(
          Buffer.from((JSON.parse(request) as { operation: string }).operation, 'base64')
            .toString('utf8')
            .replace('3000', '9000'),
        ).toString('base64'),
      })
      assert.equal(await codeOf(await post(anna, changed)), 'OPERATION_BAD_SIGNATURE')
      assert.equal(await codeOf(await post(ben, request)), 'OPERATION_WRONG_PERSON')
      const first = await post(anna, request)
      assert.equal(first.status, 200)
      assert.equal(await codeOf(await post(anna, request)), 'OPERATION_REPLAYED')
      await anna.kill()
      await anna.up()
      assert.equal(await codeOf(await post(anna, request)), 'OPERATION_REPLAYED')
      await certify(ben)
      const { result: theirs } = await eventually(
        'Ben has the bill once',
        () => ask(ben, 'get_expenses', {}, '--space', space),
        (reply) => (reply.result['expenses'] as { total: number }).total > 0,
        60_000,
      )
      assert.equal((theirs['expenses'] as { total: number }).total, 1)
      const { result } = await ask(anna, 'get_balances', {}, '--space', space)
      const balances = result['balances'] as { party: string; minor: string }[]
      assert.deepEqual(
        new Map(balances.map(({ party, minor }) => [party, minor])),
        new Map([
          [a, '1500'],
          [b, '-1500'],
        ]),
      )
      const told = await eventually(
        'Ben can tell what the till asked for',
        () =>
          ben.json<{ operations: { operation: string; label: string }[] }>(
            'client',
            'history',
            'Trip',
          ),
        ({ operations }) => operations.length === 2,
        60_000,
      )
      assert.deepEqual(
        told.operations.map(({ operation, label }) => `${label} ${operation}`),
        ['Till add_expense', 'Till create_space'],
      )
      await anna.json('client', 'revoke', 'Till')
      const late = await signed(anna, 'get_spaces', {})
      assert.equal(await codeOf(await post(anna, late)), 'OPERATION_CLIENT_REVOKED')
      const key = await readFile(join(anna.data, 'key.pem'), 'utf8')
      assert.ok(!request.includes(key.split('\n')[1]!), 'the key stays with the program')
    } finally {
      await peers.close()
    }
  },
)
