/** Devices that keep backups for each other, without keys or networks, and replicas that fold what they write. */

import { encodeCbor } from '@hamlet/core'
import type { CborValue, DeviceId, EntryId, PersonId } from '@hamlet/core'
import { createNodeCrypto } from '@hamlet/identity/node'
import type { ContentEntry, Role } from '@hamlet/space'
import { MemoryViewSource, openViewRunner } from '@hamlet/space/view'
import { createMemoryKv } from '@hamlet/store'
import { CausalDevice, CausalWorld, causalOrder, idOf } from '@hamlet/testkit/causal-world'
import type { CausalEntry } from '@hamlet/testkit/causal-world'
import { objectIdOf, VaultBook, vaultDraft, vaultView } from '../src/index.ts'
import type { ObjectId, ObjectManifest, ShardPlace, VaultContent } from '../src/index.ts'

export { causalOrder, idOf }

const crypto = createNodeCrypto()

export class World extends CausalWorld {
  override device(name: string, person: string, role: Role = 'writer'): KeepingDevice {
    return new KeepingDevice(this, name, idOf<PersonId>(`person ${person}`), role)
  }
}

export class KeepingDevice extends CausalDevice {
  write(content: VaultContent): CausalEntry {
    return this.writeDraft(vaultDraft(content))
  }

  pledge(to: KeepingDevice, bytes: number, household = ''): EntryId {
    return this.write({ kind: 'pledge', to: to.person, bytes, untilMs: 0, household }).id
  }

  announce(manifest: ObjectManifest, places: readonly ShardPlace[] = []): ObjectId {
    this.write({ kind: 'objects', objects: [{ manifest, places }] })
    return objectIdOf(crypto, manifest)
  }

  hold(object: ObjectId, ...shards: readonly number[]): CausalEntry {
    return this.write({ kind: 'held', held: [{ object, shards, why: 'none' }] })
  }

  assign(object: ObjectId, shard: number, device: DeviceId): CausalEntry {
    return this.write({ kind: 'assign', assignments: [{ object, shard, device }] })
  }
}

/** Differs by `seed`. */
export function someManifest(seed: number, needed = 2, total = 4): ObjectManifest {
  const roots = Array.from({ length: total }, (_, index) => new Uint8Array(32).fill(seed + index))
  return { needed, total, cipherBytes: 1000 + seed, roots }
}

export async function openReplica(person: PersonId, entries: readonly ContentEntry[] = []) {
  const source = new MemoryViewSource()
  const definition = vaultView(crypto, person)
  source.add(...entries)
  const runner = await openViewRunner({ source, kv: createMemoryKv(), views: [definition] })
  await runner.caughtUp()
  const view = runner.view(definition)
  const receive = async (...more: readonly ContentEntry[]): Promise<void> => {
    source.add(...more)
    await runner.caughtUp()
  }
  /** Everything replicas must agree on. */
  const state = async (): Promise<string> => {
    const parts: string[] = []
    for await (const [key, value] of view.range('')) {
      parts.push(Buffer.from(encodeCbor([key, value as CborValue])).toString('hex'))
    }
    return parts.join('\n')
  }
  return { receive, state, book: new VaultBook(view) }
}
