/** The file of names, spaces, links and joins: strict, atomic, written in order. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import type { DeviceId, InviteId, SpaceId } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { decodePeerState, encodePeerState, PeerStateFile } from '@hamlet/peer'
import type { PeerState } from '@hamlet/peer'
import { codeOf, seededRandom } from './_world.ts'

const space = '11'.repeat(32) as SpaceId
const invite = '22'.repeat(32) as InviteId

const STATE: PeerState = {
  name: 'Anna',
  deviceName: 'phone',
  spaces: [space],
  links: [{ invite, space, link: 'link', expiresAtMs: 5 }],
  joins: [
    {
      link: 'other',
      request: new Uint8Array([1, 2]),
      startedAtMs: 7,
      state: 'failed',
      errorCode: 'SPACE_INVITE_USED',
      errorMessage: 'The invitation was used already.',
    },
  ],
  arrivals: [
    {
      ticket: {
        ...{ space, founder: undefined, name: 'Home', hints: ['/x'] },
        secrets: [new Uint8Array(32).fill(0x33)],
      },
      startedAtMs: 8,
    },
  ],
  search: { startedAtMs: 9, addresses: ['/y'] },
  recoveryPublic: new Uint8Array(32).fill(0x44),
  wasRestored: true,
  unconfirmed: [space],
  revoked: ['55'.repeat(32) as DeviceId],
}

/** What version 2 does not have. */
const NEWER = { wasRestored: false, unconfirmed: [], revoked: [] }

/** Name, device name, spaces, links, joins: the same in every version. */
const COMMON =
  '64416e6e616570686f6e65815820' +
  `${space}81845820${invite}5820${space}646c696e6b05` +
  '8186656f7468657242010207666661696c656471' +
  `${Buffer.from('SPACE_INVITE_USED').toString('hex')}7820` +
  Buffer.from('The invitation was used already.').toString('hex')

/** Arrivals, search, recovery key: the same since version 2. */
const WAYS_BACK =
  `8182855820${space}f664486f6d65815820${'33'.repeat(32)}81622f7808` +
  `820981622f795820${'44'.repeat(32)}`

test('golden: the bytes of version 3', () => {
  const encoded = encodePeerState(STATE)
  const expected = `8c03${COMMON}${WAYS_BACK}f5815820${space}815820${'55'.repeat(32)}`
  assert.equal(bytesToHex(encoded), expected)
  assert.deepEqual(decodePeerState(encoded), { ok: true, value: STATE })
})

test('a file of version 2 is read as one of a device that was never restored and revoked nothing', () => {
  const decoded = decodePeerState(hexToBytes(`8902${COMMON}${WAYS_BACK}`))
  assert.deepEqual(decoded, { ok: true, value: { ...STATE, ...NEWER } })
})

test('a file of version 1 is read as one without arrivals and search', () => {
  const decoded = decodePeerState(hexToBytes(`8601${COMMON}`))
  assert.deepEqual(decoded, {
    ok: true,
    value: { ...STATE, ...NEWER, arrivals: [], search: undefined, recoveryPublic: undefined },
  })
})

test('whatever the bytes are, they are a state in its only spelling or refused', () => {
  const damaged = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 7 })).map(([at, bit]) => {
    const encoded = encodePeerState(STATE)
    encoded[at % encoded.length]! ^= 1 << bit
    return encoded
  })
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      const decoded = decodePeerState(bytes)
      // An older file is written again as one of the newest version.
      if (decoded.ok && bytes[1] === 3) assert.deepEqual(encodePeerState(decoded.value), bytes)
      else if (decoded.ok) assert.ok([1, 2].includes(bytes[1]!))
      else assert.match(decoded.error.code, /^CBOR_/)
    }),
    { numRuns: 300 },
  )
})

test('a new file is empty, a damaged one is named and left alone', async () => {
  const disk = createMemoryDisk()
  const file = await PeerStateFile.open(disk)
  assert.deepEqual(file.value.spaces, [])
  await file.update(() => STATE)
  assert.deepEqual((await PeerStateFile.open(disk)).value, STATE)
  const cut = encodePeerState(STATE).subarray(1)
  await disk.write('state', cut)
  assert.equal(await codeOf(PeerStateFile.open(disk)), 'PEER_STATE_CORRUPT')
  assert.deepEqual(await disk.readAll('state'), cut)
})

test('changes are written in the order they were asked for', async () => {
  const disk = createMemoryDisk()
  const file = await PeerStateFile.open(disk)
  const changes = Array.from({ length: 10 }, (_, i) => file.update(() => ({ name: `name ${i}` })))
  await Promise.all(changes)
  assert.equal((await PeerStateFile.open(disk)).value.name, 'name 9')
})

test('a power cut leaves the file before a change or after it, and never before one that was acknowledged', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = seededRandom(`cut ${seed}`)
    let syncs = 0
    const cutAt = random.bytes(1)[0]! % 12
    const disk = createMemoryDisk({
      syncDelay: async () => {
        if (++syncs === cutAt) disk.crash(random)
      },
    })
    const file = await PeerStateFile.open(disk)
    let acknowledged = -1
    for (let i = 0; i < 5; i++) {
      try {
        await file.update(() => ({ name: `name ${i}` }))
        acknowledged = i
      } catch {
        break
      }
    }
    const { name } = (await PeerStateFile.open(disk)).value
    const kept = name === '' ? -1 : Number(name.slice(5))
    assert.ok(kept === acknowledged || kept === acknowledged + 1, `seed ${seed}: ${name}`)
  }
})

test('a change that does not reach the disk is told, and the next one is written', async () => {
  const disk = createMemoryDisk()
  const file = await PeerStateFile.open(disk)
  disk.setCapacity(0)
  assert.equal(await codeOf(file.update(() => ({ name: 'lost' }))), 'STORE_FULL')
  disk.setCapacity(10_000)
  await file.update(() => ({ name: 'kept' }))
  assert.equal((await PeerStateFile.open(disk)).value.name, 'kept')
})
