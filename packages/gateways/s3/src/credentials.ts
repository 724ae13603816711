/** Access keys: who may sign requests. The gateway has keys of its own; they open nothing else. */

import { bytesToBase64 } from '@hamlet/core'
import type { Random } from '@hamlet/core'

export interface S3Credential {
  /** What is sent: 1 to 128 of `A-Z a-z 0-9 _ - .` and no slash. */
  readonly accessKeyId: string
  readonly secretKey: string
  /** Shown as the owner of buckets and objects. @default the access key id */
  readonly displayName?: string
  /** Refuses everything that changes something. @default false */
  readonly readOnly?: boolean
}

export interface CredentialStore {
  find(accessKeyId: string): Promise<S3Credential | undefined>
}

export class MemoryCredentials implements CredentialStore {
  readonly #byId: ReadonlyMap<string, S3Credential>

  constructor(credentials: readonly S3Credential[]) {
    this.#byId = new Map(credentials.map((each) => [each.accessKeyId, each]))
  }

  find(accessKeyId: string): Promise<S3Credential | undefined> {
    return Promise.resolve(this.#byId.get(accessKeyId))
  }
}

const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const ID_LENGTH = 16
const SECRET_BYTES = 30

/** A new pair in the form clients expect: 20 characters and 40 characters, of 80 and 240 random bits. */
export function createCredential(random: Random): S3Credential {
  const letters = Array.from(random.bytes(ID_LENGTH), (byte) => ID_ALPHABET[byte & 31]!)
  return {
    accessKeyId: `HMLT${letters.join('')}`,
    secretKey: bytesToBase64(random.bytes(SECRET_BYTES)),
  }
}
