/** A peer with something to lose, and how a refusal should look. */

import assert from 'node:assert/strict'
import { eventually } from './_peers.ts'
import type { CommandResult, TestPeer, TestPeers } from './_peers.ts'

/** `hamlet up` as arguments, for a start that is expected to fail. */
export const UP = ['up', '--no-open', '--http', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0']

export async function texts(peer: TestPeer, space: string): Promise<string[]> {
  return (await peer.messages(space)).map(({ text }) => text)
}

/** A peer that has written ten messages and stopped. */
export async function diary(peers: TestPeers): Promise<{ emil: TestPeer; written: string[] }> {
  const emil = peers.peer('emil')
  await emil.up()
  await emil.request('PUT', '/name', { name: 'Emil' })
  await emil.request('POST', '/spaces', { name: 'Diary' })
  const written = Array.from({ length: 10 }, (_, i) => `page ${i}`)
  for (const text of written) await emil.send('Diary', text)
  assert.equal(await emil.stop(), 0)
  return { emil, written }
}

export function assertPlainRefusal({ exitCode, stderr }: CommandResult, words: RegExp): void {
  assert.equal(exitCode, 1, stderr)
  assert.match(stderr, words)
  assert.doesNotMatch(stderr, /\n\s+at /, 'no stack')
}

/** Views that are made anew are not there in the first instant. */
export async function assertKept(
  peer: TestPeer,
  space: string,
  expected: readonly string[],
): Promise<void> {
  await eventually(
    `the messages of ${space}`,
    async () =>
      (await peer.request<unknown[]>('GET', '/spaces')).length > 0 ? texts(peer, space) : [],
    (kept) => kept.join('\n') === expected.join('\n'),
  )
}
