/**
 * Writing once: what a client asks for again, because the reply to its first request was lost, is not written twice.
 *
 * The client gives its request a key of its own choice. The first half of the entry's salt, which is 16 random bytes
 * otherwise, is then derived from the key; the other half stays random:
 *
 *     salt = SHA-256("hamlet/v1/once\0" ‖ space ‖ device ‖ key)[0..8] ‖ 8 random bytes
 *
 * So the entry itself says which request it answers: the key is as durable as the entry, in the same write, and no index
 * has to be asked, which may be behind or gone. The format is as it was: to everybody else a salt is 16 bytes that tell
 * nothing, and the key of a payload also depends on the header, which no two entries have in common.
 *
 * Invariants:
 * 1. A request whose key is that of one of this device's newest `ONCE_ENTRIES_MAX` entries writes nothing and gets that
 *    entry, also after a crash between the write and the reply.
 * 2. Requests with one key at the same time share one write; one that failed leaves the key free.
 */

import { bytesToHex, concatBytes, idToBytes, utf8 } from '@hamlet/core'
import { SALT_BYTES } from './payload.ts'
import type { SpaceCore } from './space-core.ts'
import type { Entry } from './types.ts'

/** Entries of the own log among which a key is looked for. */
export const ONCE_ENTRIES_MAX = 1_000

const DOMAIN = utf8('hamlet/v1/once\0')
const TAG_BYTES = SALT_BYTES / 2

export class OnceBook {
  readonly #core: SpaceCore
  /** By tag in hex, oldest first. */
  readonly #seqs = new Map<string, number>()
  /** Entries of the own log that have been looked at. */
  #readTo = 0
  readonly #underWay = new Map<string, Promise<Entry>>()

  constructor(core: SpaceCore) {
    this.#core = core
  }

  /** `write` is called when nothing has been written under the key, with the salt to write under. */
  write(key: string, write: (salt: Uint8Array) => Promise<Entry>): Promise<Entry> {
    const tag = this.#tagOf(key)
    const name = bytesToHex(tag)
    const underWay = this.#underWay.get(name)
    if (underWay !== undefined) return underWay
    const entry = this.#writeNow(tag, name, write).finally(() => this.#underWay.delete(name))
    this.#underWay.set(name, entry)
    return entry
  }

  async #writeNow(
    tag: Uint8Array,
    name: string,
    write: (salt: Uint8Array) => Promise<Entry>,
  ): Promise<Entry> {
    const written = this.#find(name)
    if (written !== undefined) return written
    const { random } = this.#core.ports
    return await write(concatBytes(tag, random.bytes(SALT_BYTES - TAG_BYTES)))
  }

  #find(name: string): Entry | undefined {
    const track = this.#core.ownTrack
    if (track === undefined) return undefined
    const oldest = Math.max(0, track.stored - ONCE_ENTRIES_MAX)
    for (const entry of track.entries(Math.max(this.#readTo, oldest), track.stored)) {
      if (entry.epoch === undefined) continue
      this.#seqs.set(bytesToHex(entry.payload.subarray(0, TAG_BYTES)), entry.seq)
    }
    this.#readTo = track.stored
    for (const [tag, seq] of this.#seqs) {
      if (seq >= oldest) break
      this.#seqs.delete(tag)
    }
    const seq = this.#seqs.get(name)
    return seq === undefined ? undefined : track.entry(seq)
  }

  #tagOf(key: string): Uint8Array {
    const { id, identity, ports } = this.#core
    const parts = [DOMAIN, idToBytes(id), idToBytes(identity.device), utf8(key)]
    return ports.crypto.hash(...parts).subarray(0, TAG_BYTES)
  }
}
