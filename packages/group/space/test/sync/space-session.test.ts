/** One space on one connection as a state machine: events in, effects out, over real spaces and no network. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, SYNC_ROUNDS_MAX } from '@hamlet/core'
import type { DeviceId } from '@hamlet/core'
import { decodeLogRange, encodeLogRange } from '@hamlet/log'
import {
  FRONTIER_INTERVAL_MS,
  RANGE_BYTES_MAX,
  REFUSED_INTERVAL_MS,
  SpaceSession,
  SYNC_ROUNDS_MS,
  TIMEOUT_PAUSE_MS,
  VECTOR_DEVICES_MAX,
  WANT_MS_MAX,
  WANT_TIMEOUT_MS,
  WANTS_MAX,
} from '@hamlet/space'
import type { SessionEffect, SpaceMessageBody } from '@hamlet/space'
// Not part of the package's face: only the engine makes one.
import { FetchPlan } from '../../src/sync/fetch-plan.ts'
import { join, Peer, pull, seededRandom, syncAll } from '../_world.ts'

type Body<Kind extends SpaceMessageBody['kind']> = SpaceMessageBody & { readonly kind: Kind }

function bodies<Kind extends SpaceMessageBody['kind']>(
  effects: readonly SessionEffect[],
  kind: Kind,
): Body<Kind>[] {
  return effects.flatMap((effect) =>
    effect.kind === 'send' && effect.body.kind === kind ? [effect.body as Body<Kind>] : [],
  )
}

function frontierOf(peer: Peer): Body<'frontier'> {
  const { founderDevice: founder } = peer.space
  return { kind: 'frontier', hash: peer.space.frontierHash(), founder }
}

function vectorOf(peer: Peer): Body<'vector'> {
  const items = [...peer.space.lengths()].map(([device, length]) => ({ device, length }))
  return { kind: 'vector', items }
}

const received = (body: SpaceMessageBody) => ({ kind: 'received', body }) as const

/** Ada's and Ben's devices in one space, equal. */
async function couple(): Promise<[Peer, Peer]> {
  const [ada, ben] = [new Peer('ada'), new Peer('ben')]
  await ada.create()
  await join(ada, ben)
  await ben.write('ben is here')
  await syncAll(ada.space, ben.space)
  return [ada, ben]
}

function sessionOf(peer: Peer, plan = new FetchPlan(), name = 'peer'): SpaceSession {
  return new SpaceSession(peer.space, name, plan)
}

test('a session begins with its frontier and an equal one ends it', async () => {
  const [ada, ben] = await couple()
  const session = sessionOf(ada)
  assert.deepEqual(session.step({ kind: 'start' }, 0), [{ kind: 'send', body: frontierOf(ada) }])
  const reply = session.step(received(frontierOf(ben)), 1)
  assert.deepEqual(reply, [{ kind: 'send', body: frontierOf(ada) }], 'said once more, then silence')
  assert.deepEqual(session.step(received(frontierOf(ben)), 2), [])
  assert.equal(session.agreed, true)
  assert.equal(session.fetching, false)
})

test('a differing frontier is answered by a vector, and a vector by requests for what is missing', async () => {
  const [ada, ben] = await couple()
  await ben.write('news')
  const session = sessionOf(ada)
  const effects = session.step(received(frontierOf(ben)), 0)
  assert.deepEqual(bodies(effects, 'vector'), [vectorOf(ada)])
  const wants = bodies(session.step(received(vectorOf(ben)), 0), 'want')
  const from = ada.space.lengths().get(ben.device)!
  assert.deepEqual(wants, [{ kind: 'want', device: ben.device, from, bytesMax: RANGE_BYTES_MAX }])
  assert.equal(session.fetching, true)
  assert.equal(session.agreed, false)
})

test('a frontier that is news is answered by the own one, so that the other side compares too', async () => {
  const [ada, ben] = await couple()
  await ben.write('news')
  const session = sessionOf(ada)
  assert.deepEqual(bodies(session.step(received(frontierOf(ben)), 0), 'frontier'), [
    frontierOf(ada),
  ])
  assert.deepEqual(bodies(session.step(received(frontierOf(ben)), 1), 'frontier'), [])
})

test('one request per log at a time; the next leaves when the answer is here, before it is stored', async () => {
  const [ada, ben] = await couple()
  for (let i = 0; i < 30; i++) await ben.write('w'.repeat(50_000))
  const session = sessionOf(ada)
  const [want] = bodies(session.step(received(vectorOf(ben)), 0), 'want')
  assert.ok(want)
  assert.deepEqual(session.step(received(vectorOf(ben)), 0), [])
  const range = ben.space.rangeFrom(ben.device, want.from, { bytesMax: want.bytesMax })!
  const encoded = encodeLogRange(range)
  const accept = session.step(received({ kind: 'range', device: ben.device, range: encoded }), 1)
  assert.deepEqual(accept, [{ kind: 'accept', device: ben.device, range: encoded }])
  const decoded = decodeLogRange(encoded)
  assert.ok(decoded.ok)
  const next = session.step({ kind: 'fetched', device: ben.device, range: decoded.value }, 1)
  assert.equal(bodies(next, 'want')[0]?.from, want.from + range.blocks.length)
  assert.equal(ada.space.lengths().get(ben.device), want.from, 'nothing is stored yet')
})

test('a log is asked of one peer only, and of another when the first goes', async () => {
  const [ada, ben] = await couple()
  await ben.write('news')
  const plan = new FetchPlan()
  const [first, second] = [sessionOf(ada, plan, 'first'), sessionOf(ada, plan, 'second')]
  assert.equal(bodies(first.step(received(vectorOf(ben)), 0), 'want').length, 1)
  assert.equal(bodies(second.step(received(vectorOf(ben)), 0), 'want').length, 0)
  first.close()
  assert.equal(bodies(second.step({ kind: 'tick' }, 1_000), 'want').length, 1)
})

test('a session that has ended asks for nothing more, so that others may', async () => {
  const [ada, ben] = await couple()
  await ben.write('news')
  const plan = new FetchPlan()
  const [first, second] = [sessionOf(ada, plan, 'first'), sessionOf(ada, plan, 'second')]
  first.step(received(vectorOf(ben)), 0)
  second.step(received(vectorOf(ben)), 0)
  first.close()
  // What it had fetched of another log was stored only now.
  assert.deepEqual(first.step({ kind: 'accepted', device: ada.device }, 1), [])
  assert.equal(bodies(second.step({ kind: 'tick' }, 1_000), 'want').length, 1)
})

test('a request that is not answered is left to others for a while, then asked again for less', async () => {
  const [ada, ben] = await couple()
  await ben.write('news')
  const plan = new FetchPlan()
  const [slow, other] = [sessionOf(ada, plan, 'slow'), sessionOf(ada, plan, 'other')]
  slow.step(received(vectorOf(ben)), 0)
  other.step(received(vectorOf(ben)), 0)
  assert.equal(bodies(slow.step({ kind: 'tick' }, WANT_TIMEOUT_MS - 1), 'want').length, 0)
  assert.equal(bodies(slow.step({ kind: 'tick' }, WANT_TIMEOUT_MS), 'want').length, 0)
  assert.equal(bodies(other.step({ kind: 'tick' }, WANT_TIMEOUT_MS), 'want').length, 1)
  other.close()
  const again = slow.step({ kind: 'tick' }, WANT_TIMEOUT_MS + TIMEOUT_PAUSE_MS)
  assert.equal(bodies(again, 'want')[0]?.bytesMax, RANGE_BYTES_MAX / 2)
})

test('while something arrives a request may take longer, but not for ever', async () => {
  const [ada, ben] = await couple()
  await ben.write('wanted')
  await ada.write('sent instead')
  const session = sessionOf(ada)
  session.step(received(vectorOf(ben)), 0)
  const range = ada.space.rangeFrom(ada.device, 0, { bytesMax: 100 })!
  for (let nowMs = 5_000; nowMs < WANT_MS_MAX; nowMs += 5_000) {
    session.step({ kind: 'fetched', device: ada.device, range }, nowMs)
    session.step({ kind: 'tick' }, nowMs)
    assert.equal(session.wantCount, 1, `at ${nowMs}`)
  }
  session.step({ kind: 'tick' }, WANT_MS_MAX)
  assert.equal(session.wantCount, 0)
})

test('a log whose range was refused is not asked of that peer for a minute', async () => {
  const [ada, ben] = await couple()
  await ben.write('news')
  const session = sessionOf(ada)
  session.step(received(vectorOf(ben)), 0)
  session.step({ kind: 'refused', device: ben.device, code: 'STORE_FULL' }, 10)
  assert.equal(session.fetching, false)
  assert.deepEqual(bodies(session.step({ kind: 'tick' }, REFUSED_INTERVAL_MS), 'want'), [])
  const later = session.step({ kind: 'tick' }, REFUSED_INTERVAL_MS + 10)
  assert.equal(bodies(later, 'want').length, 1)
})

test('what was thrown away unread is asked for again', async () => {
  const [ada, ben] = await couple()
  await ben.write('news')
  let hasRoom = true
  const session = new SpaceSession(ada.space, 'peer', new FetchPlan(), {
    hasRoom: () => hasRoom,
    isAskedLast: () => false,
  })
  const [want] = bodies(session.step(received(vectorOf(ben)), 0), 'want')
  hasRoom = false
  const range = ben.space.rangeFrom(ben.device, want!.from, { bytesMax: want!.bytesMax })!
  assert.deepEqual(session.step({ kind: 'dropped', device: ben.device, range }, 1), [])
  assert.deepEqual(bodies(session.step({ kind: 'tick' }, 2), 'want'), [])
  hasRoom = true
  assert.deepEqual(bodies(session.step({ kind: 'tick' }, 3), 'want'), [want])
})

test('what does not continue our copy is looked at from ever further back, then left for a minute', async () => {
  const [ada, ben] = await couple()
  for (let i = 0; i < 5; i++) await ben.write(`number ${i}`)
  await pull(ben.space, ada.space)
  const stored = ada.space.lengths().get(ben.device)!
  await ben.write('more')
  const session = sessionOf(ada)
  session.step(received(vectorOf(ben)), 0)
  const froms: number[] = []
  for (let i = 0; i < 10; i++) {
    const code = 'SPACE_ENTRY_MISPLACED'
    const effects = session.step({ kind: 'refused', device: ben.device, code }, 1)
    froms.push(...bodies(effects, 'want').map(({ from }) => from))
    if (session.wantCount === 0) break
  }
  assert.deepEqual(froms, [stored - 1, stored - 2, stored - 4, 0])
  assert.deepEqual(bodies(session.step({ kind: 'tick' }, 30_000), 'want'), [])
})

test('own entries are pushed to a peer that has all before them, others are announced', async () => {
  const [ada, ben] = await couple()
  const session = sessionOf(ada)
  session.step(received(frontierOf(ben)), 0)
  const from = ada.space.lengths().get(ada.device)!
  await ada.write('pushed')
  const to = ada.space.lengths().get(ada.device)!
  const own = { kind: 'stored', device: ada.device, from, to, local: true } as const
  assert.deepEqual(session.step(own, 1), [{ kind: 'answer' }])
  assert.equal(session.nextAnswer()?.range.from, from)
  assert.equal(session.nextAnswer(), undefined)
  assert.deepEqual(session.step(own, 2), [], 'the peer is known to have it')
  const others = { ...own, from: to, to: to + 5, local: false }
  const have = bodies(session.step(others, 3), 'have')
  assert.deepEqual(have, [{ kind: 'have', items: [{ device: ada.device, length: to + 5 }] }])
})

test('a peer that lacks entries before an own one is told, not sent it', async () => {
  const [ada, ben] = await couple()
  const session = sessionOf(ada)
  session.step(received(vectorOf(ben)), 0)
  const from = ada.space.lengths().get(ada.device)!
  await ada.write('one')
  await ada.write('two')
  const stored = { device: ada.device, from: from + 1, to: from + 2, local: true } as const
  const effects = session.step({ kind: 'stored', ...stored }, 1)
  assert.equal(bodies(effects, 'have').length, 1)
  assert.equal(session.nextAnswer(), undefined)
})

test('requests beyond what may wait are dropped, and for nothing there is no answer', async () => {
  const [ada, ben] = await couple()
  const session = sessionOf(ada)
  const want = { kind: 'want', device: ada.device, from: 0, bytesMax: 1 } as const
  const effects = Array.from({ length: 100 }, () => session.step(received(want), 0)).flat()
  assert.equal(effects.length, 4 * WANTS_MAX)
  let answers = 0
  while (session.nextAnswer() !== undefined) answers++
  assert.equal(answers, 4 * WANTS_MAX)
  session.step(received({ ...want, from: 1_000_000 }), 0)
  session.step(received({ ...want, device: 'ff'.repeat(32) as DeviceId }), 0)
  assert.equal(session.nextAnswer(), undefined)
  assert.ok(ben)
})

test('a joiner takes the log said to begin with the genesis entry before all others', async () => {
  const [ada, ben] = await couple()
  const cleo = new Peer('cleo')
  await cleo.openForJoin(ada.space.id)
  const session = sessionOf(cleo)
  assert.deepEqual(bodies(session.step(received(vectorOf(ben)), 0), 'want'), [])
  session.step(received(frontierOf(ben)), 0)
  const wants = bodies(session.step(received(vectorOf(ben)), 0), 'want')
  assert.deepEqual(
    wants.map(({ device }) => device),
    [ada.device],
  )
  const range = new Uint8Array(1)
  assert.deepEqual(session.step(received({ kind: 'range', device: ben.device, range }), 0), [])
  await pull(ben.space, cleo.space)
  await ben.write('more')
  assert.equal(bodies(session.step(received(vectorOf(ben)), 1), 'want')[0]?.device, ben.device)
})

test('logs of devices that are no members are not asked for, until they are', async () => {
  const [ada, ben] = await couple()
  const cleo = new Peer('cleo')
  await join(ben, cleo).catch(() => undefined)
  const items = [{ device: cleo.device, length: 3 }]
  const session = sessionOf(ada)
  assert.deepEqual(session.step(received({ kind: 'have', items }), 0), [])
  await join(ada, cleo)
  assert.equal(bodies(session.step({ kind: 'members' }, 1), 'want')[0]?.device, cleo.device)
})

test('what a peer claims is bounded, and a vector replaces what it claimed before', async () => {
  const [ada, ben] = await couple()
  const random = seededRandom('claims')
  const session = sessionOf(ada)
  for (let i = 0; i < 3; i++) {
    const items = Array.from({ length: 3_000 }, () => ({
      device: bytesToHex(random.bytes(32)) as DeviceId,
      length: 1,
    }))
    session.step(received({ kind: 'have', items }), 0)
  }
  assert.equal(session.remoteLengths.size, VECTOR_DEVICES_MAX)
  session.step(received(vectorOf(ben)), 0)
  assert.deepEqual(session.remoteLengths, ben.space.lengths())
})

test('frontiers are compared again after a while, whatever was said', async () => {
  const [ada] = await couple()
  const session = sessionOf(ada)
  session.step({ kind: 'start' }, 0)
  assert.deepEqual(session.step({ kind: 'tick' }, FRONTIER_INTERVAL_MS - 1), [])
  assert.equal(bodies(session.step({ kind: 'tick' }, FRONTIER_INTERVAL_MS), 'frontier').length, 1)
  assert.deepEqual(session.step({ kind: 'tick' }, FRONTIER_INTERVAL_MS + 1), [])
})

test('a flood of frontiers is answered 64 times a minute, and goes on being answered', async () => {
  const [ada] = await couple()
  const session = sessionOf(ada)
  const random = seededRandom('frontiers')
  const flood = (atMs: number): number => {
    const answers = Array.from({ length: 200 }, () => {
      const frontier = { kind: 'frontier', hash: random.bytes(32), founder: undefined } as const
      return bodies(session.step(received(frontier), atMs), 'vector').length
    })
    return answers.reduce((sum, count) => sum + count, 0)
  }
  assert.equal(flood(0), SYNC_ROUNDS_MAX)
  assert.equal(flood(SYNC_ROUNDS_MS), SYNC_ROUNDS_MAX)
})

test('of two peers that offer the same the one in doubt is asked only when the other fails', async () => {
  const [ada, ben] = await couple()
  await ben.write('news')
  const plan = new FetchPlan()
  const doubted = new SpaceSession(ada.space, 'doubted', plan, {
    hasRoom: () => true,
    isAskedLast: () => true,
  })
  const trusted = sessionOf(ada, plan, 'trusted')
  trusted.step(received(vectorOf(ben)), 0)
  plan.release(ben.device, 'trusted')
  assert.deepEqual(bodies(doubted.step(received(vectorOf(ben)), 0), 'want'), [])
  trusted.step({ kind: 'tick' }, WANT_TIMEOUT_MS)
  assert.equal(bodies(doubted.step({ kind: 'tick' }, WANT_TIMEOUT_MS), 'want').length, 1)
})

test('a peer in doubt is asked at once when nobody else has it', async () => {
  const [ada, ben] = await couple()
  await ben.write('news')
  const plan = new FetchPlan()
  const doubted = new SpaceSession(ada.space, 'doubted', plan, {
    hasRoom: () => true,
    isAskedLast: () => true,
  })
  const behind = sessionOf(ada, plan, 'behind')
  behind.step(received(vectorOf(ada)), 0)
  assert.equal(bodies(doubted.step(received(vectorOf(ben)), 0), 'want').length, 1)
  const leaver = sessionOf(ada, plan, 'leaver')
  leaver.step(received(vectorOf(ben)), 0)
  leaver.close()
  const seq = ada.space.lengths().get(ben.device)!
  assert.equal(plan.isOfferedWell(ben.device, seq), false)
})
