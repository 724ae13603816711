/** What the operator does with accounts. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import bcrypt from 'bcryptjs'
import { runAccountCommand } from '../src/account-commands.ts'
import { AccountStore } from '../src/data/account-store.ts'
import { openDatabase } from '../src/data/open-database.ts'
import { Passwords } from '../src/login/passwords.ts'

const folder = mkdtempSync(join(tmpdir(), 'hamlet-tracker-'))
const database = join(folder, 'data', 'tracker.sqlite')
after(() => rmSync(folder, { recursive: true }))

/** What it prints. */
async function account(words: readonly string[], input = ''): Promise<string> {
  const lines: string[] = []
  const print = (line: string): unknown => lines.push(line)
  await runAccountCommand(database, words, { nowMs: 1, readStdin: async () => input, print })
  return lines.join('\n')
}

test('an account is made once, and gets another password', async () => {
  assert.equal(await account(['add', 'Anna'], 'correct horse\n'), 'Anna can log in now')
  await assert.rejects(account(['add', 'Anna'], 'correct horse'), { code: 'ACCOUNT_NAME_TAKEN' })
  await account(['password', 'Anna'], 'another horse')
  const sql = await openDatabase({ url: database })
  const { password_hash } = (await new AccountStore(sql).find('Anna'))!
  await sql.close()
  const passwords = new Passwords()
  assert.deepEqual(await passwords.judge('another horse', password_hash), { isRight: true })
  assert.deepEqual(await passwords.judge('correct horse', password_hash), { isRight: false })
  await assert.rejects(account(['password', 'Ben'], 'correct horse'), /Ben has no account/)
})

test('peers of PeerNet are taken over from lines, and what is no peer is told', async () => {
  const hash = await bcrypt.hash('old password', 4)
  const list = join(folder, 'peers.csv')
  const lines = ['address,password_hash', `peer1:50051,${hash}`, `peer2,${hash}`, 'peer3:1,x', '']
  writeFileSync(list, lines.join('\n'))
  const expected = 'expected host:port and a hash'
  const told = [`line 3: ${expected}`, `line 4: ${expected}`, '1 peers taken over']
  assert.equal(await account(['import', list]), told.join('\n'))
  assert.match(await account(['import', list]), /0 peers taken over$/)
})

test('anything else is refused with what is possible', async () => {
  for (const words of [[], ['add'], ['fly', 'Anna'], ['add', 'x'.repeat(300)], ['add', 'a', 'b']]) {
    await assert.rejects(account(words), { code: 'TRACKER_MISCONFIGURED' })
  }
  await assert.rejects(account(['add', 'Ben'], 'short'), /password of 8 to/)
})
