/** Devices that share files, without keys or networks, and replicas that fold what they write. */

import { bytesToId, encodeCbor } from '@hamlet/core'
import type { CborValue, EntryId, PersonId } from '@hamlet/core'
import { createNodeCrypto } from '@hamlet/identity/node'
import { createMemoryKv } from '@hamlet/store'
import { MemoryViewSource, openViewRunner } from '@hamlet/space/view'
import type { ContentEntry, Role } from '@hamlet/space'
import { CausalDevice, CausalWorld, causalOrder, idOf } from '@hamlet/testkit/causal-world'
import type { CausalEntry } from '@hamlet/testkit/causal-world'
import { filesDraft, filesView, ShareList } from '../src/index.ts'
import type { FilesContent, ShareHead } from '../src/index.ts'

export { causalOrder, idOf }

export class World extends CausalWorld {
  override device(name: string, person: string, role: Role = 'writer'): SharingDevice {
    return new SharingDevice(this, name, idOf<PersonId>(`person ${person}`), role)
  }
}

export class SharingDevice extends CausalDevice {
  write(content: FilesContent): CausalEntry {
    return this.writeDraft(filesDraft(content))
  }

  share(name: string): CausalEntry {
    return this.write({ kind: 'share', ...head(name) })
  }

  hold(share: EntryId, heldBytes: number, isPinned = false): CausalEntry {
    return this.write({ kind: 'held', holdings: [{ share, heldBytes, isPinned }] })
  }
}

export function head(name: string): ShareHead {
  return {
    root: new Uint8Array(32).fill(1),
    sizeBytes: 200,
    key: new Uint8Array(32).fill(2),
    name,
    totalBytes: 1000,
    fileCount: 3,
    isFolder: true,
    mediaType: '',
  }
}

export async function openReplica(entries: readonly ContentEntry[] = []) {
  const source = new MemoryViewSource()
  const definition = filesView(createNodeCrypto(), bytesToId(new Uint8Array(32)))
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
  return { receive, state, shares: new ShareList(view) }
}
