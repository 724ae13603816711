/** What people do with real peers in several end-to-end tests: let each other in, link a phone, copy a folder. */

import assert from 'node:assert/strict'
import { cp, rm } from 'node:fs/promises'
import { eventually } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const PATIENCE_MS = 60_000

export interface LinkLine {
  readonly state: string
  readonly code?: string
  readonly number?: string
  readonly error?: { readonly code: string }
}

/** Names the person and founds a space. */
export async function found(peer: TestPeer, name: string, space: string): Promise<void> {
  await peer.request('PUT', '/name', { name })
  await peer.request('POST', '/spaces', { name: space })
}

/** By a link that lets in at once. */
export async function letIn(
  host: TestPeer,
  guest: TestPeer,
  name: string,
  space: string,
): Promise<void> {
  const path = `/spaces/${await host.spaceId(space)}/invites`
  const { link } = await host.request<{ link: string }>('POST', path, { mode: 'auto' })
  await guest.request('POST', '/joins', { link, name })
  await eventually(
    `${name} is in ${space}`,
    () => guest.request<{ name: string }[]>('GET', '/spaces'),
    (spaces) => spaces.some((each) => each.name === space),
    PATIENCE_MS,
  )
}

export function linkOf(peer: TestPeer): Promise<LinkLine> {
  return peer.request<LinkLine>('GET', '/device-link')
}

/** The number it shows. */
export async function comparing(peer: TestPeer): Promise<string> {
  const link = await eventually(
    `${peer.name} shows a number`,
    () => linkOf(peer),
    ({ state }) => state === 'comparing' || state === 'failed',
    PATIENCE_MS,
  )
  assert.equal(link.state, 'comparing', JSON.stringify(link))
  return link.number!
}

export function ended(peer: TestPeer): Promise<LinkLine> {
  return eventually(
    `the link of ${peer.name} ends`,
    () => linkOf(peer),
    ({ state }) => state === 'done' || state === 'failed',
    PATIENCE_MS,
  )
}

/** With the code that the laptop shows, after comparing the numbers. */
export async function linkPhone(laptop: TestPeer, phone: TestPeer, code: string): Promise<void> {
  await phone.request('PUT', '/device-link', { code })
  assert.equal(await comparing(phone), await comparing(laptop))
  assert.equal((await laptop.json<LinkLine>('device', 'confirm')).state, 'done')
  assert.equal((await ended(phone)).state, 'done')
}

/** As `cp -a` does: everything a backup can keep. */
export async function copyFolder(from: string, to: string): Promise<void> {
  // The socket of a peer that was killed is none of the files.
  await rm(`${from}/run`, { recursive: true, force: true })
  await cp(from, to, { recursive: true, preserveTimestamps: true })
}
