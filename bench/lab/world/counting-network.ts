/** The simulated network of the lab: the same for every system, and it knows what kind of message cost how much. */

import { assert } from '@hamlet/core'
import { SYNC_PROTOCOL, decodeSyncMessage } from '@hamlet/space'
import { SimNetwork } from '@hamlet/testkit/simulator'
import type { SimNet } from '@hamlet/testkit/simulator'
import { decodeQuorumMessage } from '../quorum/quorum-message.ts'

export interface KindCount {
  messages: number
  bytes: number
}

export class CountingNetwork extends SimNetwork {
  readonly byKind = new Map<string, KindCount>()
  /** Both protocols send CBOR arrays whose first item, and so whose second byte, tells the kind. */
  readonly #kindByCode = new Map<number, string>()

  override send(from: SimNet, to: string, protocol: string, bytes: Uint8Array): boolean {
    const kind = this.#kindOf(protocol, bytes)
    const count = this.byKind.get(kind) ?? { messages: 0, bytes: 0 }
    count.messages++
    count.bytes += bytes.length
    this.byKind.set(kind, count)
    return super.send(from, to, protocol, bytes)
  }

  /** A copy of the counts as they are now. */
  snapshot(): Map<string, KindCount> {
    return new Map([...this.byKind].map(([kind, count]) => [kind, { ...count }]))
  }

  #kindOf(protocol: string, bytes: Uint8Array): string {
    const code = bytes[1]!
    const known = this.#kindByCode.get(code)
    if (known !== undefined) return known
    const kind = kindOf(protocol, bytes)
    this.#kindByCode.set(code, kind)
    return kind
  }
}

function kindOf(protocol: string, bytes: Uint8Array): string {
  if (protocol !== SYNC_PROTOCOL) return decodeQuorumMessage(bytes).kind
  const decoded = decodeSyncMessage(bytes)
  assert(decoded.ok, 'a sync message')
  return decoded.value.kind
}
