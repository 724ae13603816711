/**
 * Backups of a space as they now are, read from the view.
 *
 * Objects are kept in memory with who holds them: a space has some ten thousand, each of a few kilobytes. Changes of the view are read
 * again when somebody asks next; whoever asks meanwhile waits for the same reading.
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { View, ViewEvent } from '@hamlet/space/view'
import type { ObjectId } from '../objects/object-manifest.ts'
import { shardBytesOf } from '../objects/object-shape.ts'
import {
  ACCEPT_PREFIX,
  CATALOG_PREFIX,
  GRANT_PREFIX,
  KEY_PREFIX,
  keyEnd,
  keyPart,
  LEAVE_PREFIX,
  PLEDGE_PREFIX,
  PROVEN_PREFIX,
  RENEW_PREFIX,
} from './keys.ts'
import { readObjects } from './read-objects.ts'
import type { VaultChange } from './vault-fold.ts'
import { isWanted } from './vault-object.ts'
import type { RepairGrant, VaultObject } from './vault-object.ts'

export interface PledgeItem {
  readonly id: EntryId
  readonly from: PersonId
  readonly to: PersonId
  readonly bytes: number
  /** 0: until further notice. */
  readonly untilMs: number
  readonly household: string
  readonly pledgedAtMs: number
  readonly isAccepted: boolean
}

/** When a device last had proof of a holder. */
export interface ProvenItem {
  readonly auditor: DeviceId
  readonly auditorPerson: PersonId
  readonly holder: DeviceId
  readonly atMs: number
  readonly answers: number
  readonly failures: number
}

/** A sealed batch of operations of this person's own catalog. */
export interface CatalogBatch {
  readonly position: string
  readonly device: DeviceId
  readonly seq: number
  readonly sealedOperations: Uint8Array
}

export class VaultBook {
  readonly #view: View<VaultChange>
  #objects = new Map<ObjectId, VaultObject>()
  #isStale = true
  readonly #changed = new Set<ObjectId>()
  #reading: Promise<void> | undefined

  constructor(view: View<VaultChange>) {
    this.#view = view
    view.subscribe((event) => this.#note(event))
  }

  /** All that were announced, removed ones too. */
  async objects(): Promise<ReadonlyMap<ObjectId, VaultObject>> {
    while (this.#isStale || this.#changed.size > 0 || this.#reading !== undefined) {
      this.#reading ??= this.#refresh().finally(() => (this.#reading = undefined))
      await this.#reading
    }
    return this.#objects
  }

  async object(id: ObjectId): Promise<VaultObject | undefined> {
    return (await this.objects()).get(id)
  }

  /** Ascending by who gives, then by who takes. Withdrawn ones are not among them. */
  async pledges(): Promise<readonly PledgeItem[]> {
    const pledges: PledgeItem[] = []
    for await (const [key, value] of this.#view.range(PLEDGE_PREFIX)) {
      const [, id, bytes, untilMs, household, pledgedAtMs] = value as [
        string,
        EntryId,
        number,
        number,
        string,
        number,
      ]
      if (bytes === 0) continue
      const [from, to] = [keyPart<PersonId>(key, 0), keyEnd<PersonId>(key)]
      const isAccepted = (await this.#view.get(`${ACCEPT_PREFIX}${id}/${to}`)) !== undefined
      pledges.push({ id, from, to, bytes, untilMs, household, pledgedAtMs, isAccepted })
    }
    return pledges
  }

  async grants(): Promise<ReadonlyMap<PersonId, RepairGrant>> {
    const grants = new Map<PersonId, RepairGrant>()
    for await (const [key, value] of this.#view.range(GRANT_PREFIX)) {
      const [, bytes, untilMs] = value as [string, number, number]
      const person = keyEnd<PersonId>(key)
      grants.set(person, { person, bytes, untilMs })
    }
    return grants
  }

  /** Until when people say that they leave. */
  leaving(): Promise<ReadonlyMap<PersonId, number>> {
    return this.#times(LEAVE_PREFIX)
  }

  /** Until when people want what is theirs kept. */
  leases(): Promise<ReadonlyMap<PersonId, number>> {
    return this.#times(RENEW_PREFIX)
  }

  async proofs(): Promise<readonly ProvenItem[]> {
    const proofs: ProvenItem[] = []
    for await (const [key, value] of this.#view.range(PROVEN_PREFIX)) {
      const [, auditorPerson, atMs, answers, failures] = value as [
        string,
        PersonId,
        number,
        number,
        number,
      ]
      const [auditor, holder] = [keyPart<DeviceId>(key, 0), keyEnd<DeviceId>(key)]
      proofs.push({ auditor, auditorPerson, holder, atMs, answers, failures })
    }
    return proofs
  }

  /** Sealed keys of a person's catalog, in no order. */
  async catalogKeys(person: PersonId): Promise<ReadonlyMap<EntryId, Uint8Array>> {
    const keys = new Map<EntryId, Uint8Array>()
    for await (const [key, value] of this.#view.range(`${KEY_PREFIX}${person}/`)) {
      keys.set(keyEnd<EntryId>(key), (value as [string, Uint8Array])[1])
    }
    return keys
  }

  /** Of this person's own catalog, in the order of entries, after `position`. */
  async *catalog(position = ''): AsyncGenerator<CatalogBatch, void, void> {
    for await (const [key, value] of this.#view.range(CATALOG_PREFIX, { gt: position })) {
      const [, device, seq, sealedOperations] = value as [string, DeviceId, number, Uint8Array]
      yield { position: key.slice(CATALOG_PREFIX.length), device, seq, sealedOperations }
    }
  }

  /** Bytes that `from` holds or is asked to hold for `to`, of what `to` still wants. */
  async usedBytes(devices: ReadonlySet<DeviceId>, to: PersonId): Promise<number> {
    let bytes = 0
    for (const object of (await this.objects()).values()) {
      if (!isWanted(object) || !object.owners.some(({ person }) => person === to)) continue
      for (const { device, shards } of object.holders) {
        if (devices.has(device)) bytes += shards.length * shardBytesOf(object.manifest)
      }
    }
    return bytes
  }

  async #times(prefix: string): Promise<ReadonlyMap<PersonId, number>> {
    const times = new Map<PersonId, number>()
    for await (const [key, value] of this.#view.range(prefix)) {
      times.set(keyEnd<PersonId>(key), (value as [string, number])[1])
    }
    return times
  }

  #note(event: ViewEvent<VaultChange>): void {
    if (event.kind === 'rebuilt') {
      this.#isStale = true
      return
    }
    for (const change of event.changes) {
      if (change.kind !== 'objects') continue
      for (const object of change.objects) this.#changed.add(object)
    }
  }

  async #refresh(): Promise<void> {
    if (this.#isStale) {
      this.#isStale = false
      this.#changed.clear()
      this.#objects = await readObjects(this.#view, '')
      return
    }
    for (const id of [...this.#changed]) {
      this.#changed.delete(id)
      const object = (await readObjects(this.#view, id)).get(id)
      if (object === undefined) this.#objects.delete(id)
      else this.#objects.set(id, object)
    }
  }
}
