/** A group that talks and keeps records, and bundles of the records alone. */

import type { Role } from '@hamlet/space'
import { decodeBundle, encodeBundle } from '@hamlet/space'
import type { Bundle } from '@hamlet/space'
import assert from 'node:assert/strict'
import { Peer, join, syncAll } from '../_world.ts'

export const RECORDS: ReadonlyMap<string, Role> = new Map([
  ['test.record', 'writer'],
  ['test.rule', 'admin'],
])

export async function record(peer: Peer, ...texts: readonly string[]): Promise<void> {
  await peer.space.append(texts.map((text) => ({ type: 'test.record', value: [text] })))
}

/** Ada owns it, Ben writes; both have said and recorded something. */
export async function groupOfTwo(): Promise<readonly [Peer, Peer]> {
  const [ada, ben] = [new Peer('Ada'), new Peer('Ben')]
  await ada.create()
  await join(ada, ben)
  await syncAll(ada.space, ben.space)
  await ada.write('a secret of Ada')
  await record(ada, 'one', 'two')
  await ben.write('a secret of Ben')
  await record(ben, 'three')
  await ada.write('another secret')
  await ada.space.append([{ type: 'test.rule', value: ['ruled'] }])
  await ben.space.append([{ type: 'test.rule', value: ['not by a writer'] }])
  await syncAll(ada.space, ben.space)
  return [ada, ben]
}

export function decoded(bytes: Uint8Array): Bundle {
  const bundle = decodeBundle(bytes)
  assert.ok(bundle.ok, bundle.ok ? '' : bundle.error.message)
  return bundle.value
}

/** The same bundle with something changed. */
export function changed(bytes: Uint8Array, change: (bundle: Bundle) => Bundle): Uint8Array {
  return encodeBundle(change(decoded(bytes)))
}
