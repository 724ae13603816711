/** What the operator does with accounts from the command line. */

import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import { isPublicHostPort } from './addresses.ts'
import { AccountStore } from './data/account-store.ts'
import { openDatabase } from './data/open-database.ts'
import { TrackerError } from './errors.ts'
import { NAME_LENGTH_MAX, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from './limits.ts'
import { isPasswordHash, Passwords } from './login/passwords.ts'

export interface AccountCommandIo {
  readonly nowMs: number
  readonly readStdin: () => Promise<string>
  readonly print: (line: string) => void
}

/** `words`: `add NAME`, `password NAME` or `import FILE`. @throws TrackerError */
export async function runAccountCommand(
  database: string,
  words: readonly string[],
  io: AccountCommandIo,
): Promise<void> {
  const [act, name] = words
  if (words.length !== 2 || act === undefined || name === undefined) throw usage()
  if (name.length > NAME_LENGTH_MAX) throw usage()
  const sql = await openDatabase({ url: database })
  try {
    const accounts = new AccountStore(sql)
    if (act === 'add') await add(accounts, name, io)
    else if (act === 'password') await setPassword(accounts, name, io)
    else if (act === 'import') await importPeers(accounts, name, io)
    else throw usage()
  } finally {
    await sql.close()
  }
}

function usage(): TrackerError {
  return wrong('expected account add NAME, account password NAME or account import FILE')
}

function wrong(message: string): TrackerError {
  return new TrackerError('TRACKER_MISCONFIGURED', message)
}

async function add(accounts: AccountStore, name: string, io: AccountCommandIo): Promise<void> {
  const password_hash = await hashStdin(io)
  const account = { id: randomUUID(), name, password_hash, created_at_ms: io.nowMs }
  const isMade = await accounts.create({ ...account, logged_in_at_ms: null }, { isPeer: false })
  if (!isMade) throw new TrackerError('ACCOUNT_NAME_TAKEN', `${name} has an account already`)
  io.print(`${name} can log in now`)
}

async function setPassword(
  accounts: AccountStore,
  name: string,
  io: AccountCommandIo,
): Promise<void> {
  const isSet = await accounts.setPassword(name, await hashStdin(io))
  if (!isSet) throw wrong(`${name} has no account`)
  io.print(`${name} has a new password`)
}

/** Lines that are no peer are told and passed over; peers that are there already are left as they are. */
async function importPeers(
  accounts: AccountStore,
  file: string,
  io: AccountCommandIo,
): Promise<void> {
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/)
  let made = 0
  for (const [index, line] of lines.entries()) {
    const [address = '', password_hash = ''] = line.split(',', 2).map((field) => field.trim())
    if (address === '' || address === 'address') continue
    if (!isPublicHostPort(address, true) || !isPasswordHash(password_hash)) {
      io.print(`line ${index + 1}: expected host:port and a hash`)
      continue
    }
    const account = { id: randomUUID(), name: address, password_hash, created_at_ms: io.nowMs }
    if (await accounts.create({ ...account, logged_in_at_ms: null }, { isPeer: true })) made += 1
  }
  io.print(`${made} peers taken over`)
}

async function hashStdin(io: AccountCommandIo): Promise<string> {
  const password = (await io.readStdin()).replace(/\r?\n$/, '')
  if (password.length < PASSWORD_LENGTH_MIN || password.length > PASSWORD_LENGTH_MAX) {
    throw wrong(
      `expected a password of ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters`,
    )
  }
  return new Passwords().hash(password)
}
