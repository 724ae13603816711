/**
 * Passwords: argon2id (RFC 9106) by Node, in the PHC text form; hashes of PeerNet, which are bcrypt, are read and replaced
 * at the next login.
 *
 * Invariants:
 * 1. An unknown account costs what a wrong password costs, so time does not tell which it was.
 * 2. Few passwords are hashed at a time and few wait: a flood of logins is refused, not stored in memory.
 */

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import bcrypt from 'bcryptjs'

import { TrackerError } from '../errors.ts'
import {
  PASSWORD_LENGTH_MAX,
  PASSWORD_MEMORY_KIB,
  PASSWORD_PASSES,
  PASSWORDS_HASHED_AT_ONCE_MAX,
  PASSWORDS_WAITING_MAX,
} from '../limits.ts'

const SALT_BYTES = 16
const TAG_BYTES = 32
const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/
/** Cost 4 to 14: above that one login would hold a core for seconds. */
const BCRYPT = /^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/
const MEMORY_KIB_MAX = 4 * PASSWORD_MEMORY_KIB

const deriveArgon2 = promisify(argon2)

export interface PasswordJudgement {
  readonly isRight: boolean
  /** The hash to keep from now on, when the one given is of an older kind. */
  readonly rehashed?: string
}

export class Passwords {
  #running = 0
  readonly #waiting: (() => void)[] = []
  #unknown: Promise<string> | undefined

  hash(password: string): Promise<string> {
    return this.#inTurn(() => hashPassword(password))
  }

  /** `hash`: of the account, or `undefined` when there is none. */
  async judge(password: string, hash: string | undefined): Promise<PasswordJudgement> {
    this.#unknown ??= this.hash('of nobody')
    const compared = hash ?? (await this.#unknown)
    const isRight = await this.#inTurn(() => verifyPassword(password, compared))
    if (!isRight || hash === undefined) return { isRight: false }
    return isCurrent(hash) ? { isRight } : { isRight, rehashed: await this.hash(password) }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running === PASSWORDS_HASHED_AT_ONCE_MAX) {
      if (this.#waiting.length === PASSWORDS_WAITING_MAX) {
        throw new TrackerError('TRACKER_BUSY', 'too many passwords at a time; try again')
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running += 1
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}

/** Whether the text is a hash that can be judged: one of ours, or one of bcrypt to import. */
export function isPasswordHash(text: string): boolean {
  return BCRYPT.test(text) || readPhc(text) !== undefined
}

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const cost = { memory: PASSWORD_MEMORY_KIB, passes: PASSWORD_PASSES, parallelism: 1 }
  const tag = await deriveArgon2('argon2id', {
    ...cost,
    message: message(password),
    nonce: salt,
    tagLength: TAG_BYTES,
  })
  const parameters = `m=${cost.memory},t=${cost.passes},p=${cost.parallelism}`
  return `$argon2id$v=19$${parameters}$${unpadded(salt)}$${unpadded(tag)}`
}

async function verifyPassword(password: string, hash: string): Promise<boolean> {
  if (password.length > PASSWORD_LENGTH_MAX) return false
  if (BCRYPT.test(hash)) return bcrypt.compare(password, hash)
  const phc = readPhc(hash)
  if (phc === undefined) return false
  const { tag, ...cost } = phc
  const derived = await deriveArgon2('argon2id', {
    ...cost,
    message: message(password),
    tagLength: tag.length,
  })
  return timingSafeEqual(derived, tag)
}

function readPhc(text: string) {
  const match = PHC.exec(text)
  if (match === null) return undefined
  const [memory, passes, parallelism] = match.slice(1, 4).map(Number) as [number, number, number]
  if (memory < 8 * parallelism || memory > MEMORY_KIB_MAX || passes < 1 || passes > 10) {
    return undefined
  }
  const [nonce, tag] = match.slice(4).map((part) => Buffer.from(part, 'base64')) as [Buffer, Buffer]
  return { memory, passes, parallelism, nonce, tag }
}

function isCurrent(hash: string): boolean {
  return hash.startsWith(`$argon2id$v=19$m=${PASSWORD_MEMORY_KIB},t=${PASSWORD_PASSES},p=1$`)
}

/** The same password typed on two keyboards may differ in code points. */
function message(password: string): Buffer {
  return Buffer.from(password.normalize('NFKC').toWellFormed(), 'utf8')
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}
