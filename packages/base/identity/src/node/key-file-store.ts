/**
 * Keeps the key file on a disk: created once, never readable to others, replaced atomically.
 *
 * A new file is written beside its place (0600, `O_EXCL | O_NOFOLLOW`), synced, and then given its name: by a hard
 * link when it must not exist yet, which fails if it does, and by a rename when it replaces one. Either way a crash
 * leaves the old state or the new one, never half a file. The directory is synced last.
 *
 * What is refused as `KEY_FILE_INSECURE` (not on Windows, which has no such modes):
 * - a file that its group or others may read or write, that is not a plain file (a symbolic link, a pipe), or that
 *   belongs to a user other than this one; root may own it, as in a container image, since root can read it anyway;
 * - a directory that its group or others may write to: they could put another file in its place.
 *
 * The caller holds the lock of the data directory, so that no second process writes at the same time.
 */

import { constants } from 'node:fs'
import { link, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

import { assert, errorCode } from '@hamlet/core'
import type { Crypto, Random } from '@hamlet/core'

import { AEAD_NONCE_BYTES } from '../crypto-checks.ts'
import { KeyFileError } from '../errors.ts'
import type { KeyFileErrorCode } from '../errors.ts'
import {
  decodeKeyFile,
  encodeKeyFile,
  encodeLockedKeyFile,
  KEY_FILE_BYTES_MAX,
  PASSPHRASE_COST,
  PASSPHRASE_SALT_BYTES,
  unlockKeyFile,
} from '../key-file.ts'
import type { KeyRing, LockedKeys, PassphraseCost } from '../key-file.ts'
import { insecureDirectoryReason, insecureFileReason } from './file-permissions.ts'
import { derivePassphraseKey } from './passphrase.ts'

export interface KeyFileStoreOptions {
  readonly crypto: Crypto
  readonly random: Random
  /** Absolute path of the key file. */
  readonly path: string
  /** Cost of argon2id for files written from now on. @default PASSPHRASE_COST */
  readonly cost?: PassphraseCost | undefined
}

export interface PassphraseOptions {
  /** Without one the keys lie on the disk as they are. */
  readonly passphrase?: string | undefined
}

const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700
/** `undefined` on Windows, which has no modes and whose directories cannot be opened. */
const OWN_UID = process.getuid?.()
/** Windows knows no such flag and has no links to follow without special rights. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0
const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW
const READ_FLAGS = constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0)

/** Other processes are kept out by the lock on the data directory. */
const lastWriteByPath = new Map<string, Promise<void>>()

export class KeyFileStore {
  readonly #crypto: Crypto
  readonly #random: Random
  readonly #path: string
  readonly #cost: PassphraseCost

  constructor(options: KeyFileStoreOptions) {
    this.#crypto = options.crypto
    this.#random = options.random
    this.#path = options.path
    this.#cost = options.cost ?? PASSPHRASE_COST
  }

  /** Whether something stands at the path, be it usable or not. */
  async exists(): Promise<boolean> {
    try {
      await lstat(this.#path)
      return true
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false
      throw this.#failure('KEY_FILE_UNREADABLE', 'cannot be looked up', error)
    }
  }

  /** @throws {@link KeyFileError} `KEY_FILE_EXISTS`, `KEY_FILE_INSECURE`, `KEY_FILE_UNWRITABLE`. */
  async create(keys: KeyRing, options: PassphraseOptions = {}): Promise<void> {
    if (await this.exists()) throw this.#failure('KEY_FILE_EXISTS', 'exists already')
    await this.#write(await this.#encode(keys, options), async (temporary) => {
      await link(temporary, this.#path)
      await rm(temporary)
    })
  }

  /** Replaces the whole file; without a passphrase the new one has none, whatever the old one had. */
  async replace(keys: KeyRing, options: PassphraseOptions = {}): Promise<void> {
    if (!(await this.exists())) throw this.#failure('KEY_FILE_MISSING', 'does not exist')
    await this.#write(await this.#encode(keys, options), (temporary) =>
      rename(temporary, this.#path),
    )
  }

  /**
   * @throws {@link KeyFileError} `KEY_FILE_MISSING`, `KEY_FILE_UNREADABLE`, `KEY_FILE_INSECURE`, `KEY_FILE_CORRUPT`,
   * `KEY_FILE_PASSPHRASE_NEEDED`, `KEY_FILE_PASSPHRASE_WRONG`.
   */
  async open(options: PassphraseOptions = {}): Promise<KeyRing> {
    const decoded = decodeKeyFile(this.#crypto, await this.#read())
    if (!decoded.ok) throw decoded.error
    if (decoded.value.protection === 'none') return decoded.value.keys
    return this.#unlock(decoded.value.locked, options.passphrase)
  }

  async #unlock(locked: LockedKeys, passphrase: string | undefined): Promise<KeyRing> {
    if (passphrase === undefined || passphrase === '') {
      throw this.#failure('KEY_FILE_PASSPHRASE_NEEDED', 'is protected by a passphrase')
    }
    const key = await derivePassphraseKey(passphrase, locked.lock.salt, locked.lock.cost)
    const unlocked = unlockKeyFile(this.#crypto, locked, key)
    if (!unlocked.ok) throw unlocked.error
    return unlocked.value
  }

  async #encode(keys: KeyRing, { passphrase }: PassphraseOptions): Promise<Uint8Array> {
    if (passphrase === undefined) return encodeKeyFile(this.#crypto, keys)
    const salt = this.#random.bytes(PASSPHRASE_SALT_BYTES)
    const nonce = this.#random.bytes(AEAD_NONCE_BYTES)
    const key = await derivePassphraseKey(passphrase, salt, this.#cost)
    return encodeLockedKeyFile(this.#crypto, keys, { salt, nonce, cost: this.#cost }, key)
  }

  async #read(): Promise<Uint8Array> {
    await this.#checkDirectory('KEY_FILE_MISSING')
    let file: FileHandle
    try {
      file = await open(this.#path, READ_FLAGS)
    } catch (error) {
      throw this.#openFailure(error)
    }
    try {
      await this.#checkFile(file)
      return await readUpTo(file, KEY_FILE_BYTES_MAX + 1)
    } catch (error) {
      if (error instanceof KeyFileError) throw error
      throw this.#failure('KEY_FILE_UNREADABLE', 'cannot be read', error)
    } finally {
      await file.close()
    }
  }

  async #checkFile(file: FileHandle): Promise<void> {
    const stats = await file.stat()
    const facts = { isPlainFile: stats.isFile(), mode: stats.mode, uid: stats.uid }
    const reason = insecureFileReason(facts, OWN_UID)
    if (reason !== undefined) throw this.#failure('KEY_FILE_INSECURE', reason)
  }

  async #checkDirectory(missingCode: KeyFileErrorCode): Promise<void> {
    let mode: number
    try {
      mode = (await stat(dirname(this.#path))).mode
    } catch (error) {
      const code = errorCode(error) === 'ENOENT' ? missingCode : 'KEY_FILE_UNREADABLE'
      throw this.#failure(code, 'has no readable directory', error)
    }
    const reason = insecureDirectoryReason(mode, OWN_UID)
    if (reason !== undefined) throw this.#failure('KEY_FILE_INSECURE', reason)
  }

  /** Writes to one path follow one another: they share the name of the temporary file. */
  #write(bytes: Uint8Array, place: (temporary: string) => Promise<void>): Promise<void> {
    assert(bytes.length <= KEY_FILE_BYTES_MAX, 'the key file is larger than it may be')
    const last = lastWriteByPath.get(this.#path) ?? Promise.resolve()
    const write = last.then(() => this.#writeNow(bytes, place))
    const settled = write.catch(() => undefined)
    lastWriteByPath.set(this.#path, settled)
    void settled.then(() => {
      if (lastWriteByPath.get(this.#path) === settled) lastWriteByPath.delete(this.#path)
    })
    return write
  }

  /** Writes a synced temporary file and lets `place` give it its name. */
  async #writeNow(bytes: Uint8Array, place: (temporary: string) => Promise<void>): Promise<void> {
    const directory = dirname(this.#path)
    const temporary = `${this.#path}.new`
    try {
      await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE })
      await this.#checkDirectory('KEY_FILE_UNWRITABLE')
      // Left behind by a crash; the lock on the data directory says that nobody is writing it now.
      await rm(temporary, { force: true })
      await writeSynced(temporary, bytes)
      await place(temporary)
      await syncDirectory(directory)
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined)
      if (error instanceof KeyFileError) throw error
      if (errorCode(error) === 'EEXIST') {
        throw this.#failure('KEY_FILE_EXISTS', 'exists already', error)
      }
      throw this.#failure('KEY_FILE_UNWRITABLE', 'cannot be written', error)
    }
  }

  /** ELOOP and EMLINK are what O_NOFOLLOW gives for a symbolic link. */
  #openFailure(error: unknown): KeyFileError {
    const code = errorCode(error)
    if (code === 'ENOENT') return this.#failure('KEY_FILE_MISSING', 'does not exist', error)
    if (code === 'ELOOP' || code === 'EMLINK') {
      return this.#failure('KEY_FILE_INSECURE', 'is a symbolic link', error)
    }
    return this.#failure('KEY_FILE_UNREADABLE', 'cannot be opened', error)
  }

  #failure(code: KeyFileErrorCode, what: string, cause?: unknown): KeyFileError {
    const reason = errorCode(cause)
    const message = `the key file ${this.#path} ${what}${reason === undefined ? '' : ` (${reason})`}`
    return new KeyFileError(code, message, { cause, fields: { path: this.#path } })
  }
}

async function readUpTo(file: FileHandle, bytesMax: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(bytesMax)
  let length = 0
  while (length < bytesMax) {
    const { bytesRead } = await file.read(bytes, length, bytesMax - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return bytes.slice(0, length)
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, CREATE_FLAGS, FILE_MODE)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Windows cannot open a directory; there the rename is durable by itself. */
async function syncDirectory(path: string): Promise<void> {
  if (OWN_UID === undefined) return
  const directory = await open(path, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
