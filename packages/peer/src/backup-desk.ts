/**
 * Keeping a person's list of spaces in each of their spaces, sealed to their recovery key, and reading it when they come
 * back: so that any one member brings back the way to all spaces, not only to those that member shares.
 *
 * Invariants:
 * 1. A space gets a new backup when the set of the person's other spaces changed, and else at most once a day.
 * 2. Backups are read only during a search, by a device that has the words.
 */

import { bytesToHex, decodeFields, encodeCbor, errorCode, idToBytes, utf8 } from '@hamlet/core'
import type { Cancel, SpaceId } from '@hamlet/core'
import { openBackup, sealBackup } from '@hamlet/identity/linking'
import type { BackupPlace } from '@hamlet/identity/linking'
import { backupDraft } from './backup-view.ts'
import { linkHints } from './link-hints.ts'
import type { PeerIdentity } from './peer-identity.ts'
import type { PeerPorts } from './peer-ports.ts'
import type { PeerStateFile } from './peer-state.ts'
import type { SpaceRuntime } from './space-runtime.ts'

/** Several changes in a row make one backup. */
export const BACKUP_DELAY_MS = 60_000
export const BACKUP_INTERVAL_MS = 24 * 3_600_000

const WRITING_ROLES: ReadonlySet<string | undefined> = new Set(['owner', 'admin', 'writer'])

export interface BackupHost {
  readonly ports: PeerPorts
  readonly identity: PeerIdentity
  readonly state: PeerStateFile
  runtimes(): readonly SpaceRuntime[]
  /** Adds addresses to the search under way. */
  search(addresses: readonly string[]): Promise<void>
}

export class BackupDesk {
  readonly #host: BackupHost
  #timer: Cancel | undefined
  #working: Promise<void> = Promise.resolve()
  #closed = false

  constructor(host: BackupHost) {
    this.#host = host
  }

  /** The person's spaces, their members or the backups in them changed. */
  changed(): void {
    if (this.#closed) return
    if (this.#host.state.value.search !== undefined) this.#inBackground(() => this.#read())
    this.#timer ??= this.#host.ports.clock.after(BACKUP_DELAY_MS, () => {
      this.#timer = undefined
      this.#inBackground(() => this.#write())
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.()
    await this.#working
  }

  async #write(): Promise<void> {
    const { identity, state } = this.#host
    const recoveryPublic = identity.current.personKeys?.recoveryPublic ?? state.value.recoveryPublic
    if (recoveryPublic === undefined) return
    const places = await Promise.all(this.#host.runtimes().map((each) => this.#placeOf(each)))
    for (const runtime of this.#host.runtimes()) {
      const { id, ownRole } = runtime.space
      const others = places.filter(({ space }) => space !== id)
      if (others.length === 0 || !WRITING_ROLES.has(ownRole)) continue
      if (await this.#isDue(id, others)) await this.#writeInto(runtime, recoveryPublic, others)
    }
  }

  async #writeInto(
    runtime: SpaceRuntime,
    recoveryPublic: Uint8Array,
    others: readonly BackupPlace[],
  ): Promise<void> {
    const { ports } = this.#host
    const { id } = runtime.space
    try {
      await runtime.write(backupDraft(sealBackup(ports, recoveryPublic, id, others)))
      await ports.kv.put(keyOf(id), encodeCbor([this.#digest(others), ports.clock.wall()]))
    } catch (error) {
      ports.logger.info('a backup was not written', { space: id, code: errorCode(error) })
    }
  }

  /** The note is lost with the index; that costs one more backup. */
  async #isDue(id: SpaceId, others: readonly BackupPlace[]): Promise<boolean> {
    const { kv, clock } = this.#host.ports
    const bytes = await kv.get(keyOf(id))
    const note =
      bytes &&
      decodeFields(bytes, 'backup note', (fields) => ({
        digest: fields.bytes(32),
        atMs: fields.uint(),
      }))
    if (note?.ok !== true) return true
    const isSame = bytesToHex(note.value.digest) === bytesToHex(this.#digest(others))
    return !isSame || clock.wall() - note.value.atMs >= BACKUP_INTERVAL_MS
  }

  /** Of which spaces there are; addresses change all the time. */
  #digest(others: readonly BackupPlace[]): Uint8Array {
    return this.#host.ports.crypto.hash(
      ...others.map(({ space }) => idToBytes(space)).toSorted(compare),
    )
  }

  async #placeOf(runtime: SpaceRuntime): Promise<BackupPlace> {
    const { space } = runtime
    const members = new Set(space.memberDevices())
    return {
      space: space.id,
      name: await runtime.name(),
      hints: linkHints(this.#host.ports.network, members, { withoutOwn: true }),
    }
  }

  async #read(): Promise<void> {
    const { identity, ports, state } = this.#host
    const { personKeys, person } = identity.current
    if (personKeys === undefined || state.value.search === undefined) return
    const here = new Set(this.#host.runtimes().map(({ space }) => space.id))
    const known = new Set(state.value.search.addresses)
    const found: string[] = []
    for (const runtime of this.#host.runtimes()) {
      const sealed = await runtime.backupOf(person)
      const places =
        sealed && openBackup(ports.crypto, personKeys.recoveryPrivate, runtime.space.id, sealed)
      const missing = (places ?? []).filter(({ space }) => !here.has(space))
      found.push(...missing.flatMap(({ hints }) => hints).filter((hint) => !known.has(hint)))
    }
    if (found.length > 0) await this.#host.search(found)
  }

  /** One after the other. */
  #inBackground(work: () => Promise<void>): void {
    this.#working = this.#working.then(work).catch((error: unknown) => {
      this.#host.ports.logger.warn('backups were not looked at', { reason: String(error) })
    })
  }
}

function keyOf(space: SpaceId): Uint8Array {
  return utf8(`backup/${space}`)
}

function compare(a: Uint8Array, b: Uint8Array): number {
  return bytesToHex(a) < bytesToHex(b) ? -1 : 1
}
