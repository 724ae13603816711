/** What evidence does to a peer's score, whatever happens and in whatever order. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  ASKED_LAST_POINTS,
  BAN_POINTS,
  DISCONNECT_POINTS,
  EVIDENCE_POINTS,
  MEMBER_TROUBLE_POINTS_MAX,
  NEUTRAL_SCORE,
  PeerScores,
  POINTS_HALF_LIFE_MS,
  POINTS_MAX,
  pointsAt,
  SCORED_PEERS_MAX,
  verdictOf,
  withEvidence,
} from '@hamlet/space'
import type { Evidence, PeerScore, Standing } from '@hamlet/space'
import { TestClock } from '../_world.ts'

const EVIDENCE = Object.keys(EVIDENCE_POINTS) as Evidence[]
const PROOFS: readonly Evidence[] = ['garbage', 'forgery']
const TROUBLE = EVIDENCE.filter((evidence) => !PROOFS.includes(evidence))

const standing = fc.constantFrom<Standing>('member', 'stranger')
const event = fc.record({
  evidence: fc.constantFrom(...EVIDENCE),
  standing,
  afterMs: fc.integer({ min: 0, max: 3_600_000 }),
})
const points = fc.double({ min: 0, max: POINTS_MAX, noNaN: true })

function scoreOf(value: number): PeerScore {
  return { points: value, atMs: 0, latest: undefined }
}

test('a score never leaves its range', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let [score, nowMs] = [NEUTRAL_SCORE, 0]
      for (const { evidence, standing, afterMs } of events) {
        nowMs += afterMs
        score = withEvidence(score, evidence, standing, nowMs)
        assert.ok(score.points >= 0 && score.points <= POINTS_MAX)
      }
    }),
  )
})

test('evidence never improves a score, and the worse of two stays the worse', () => {
  fc.assert(
    fc.property(points, points, fc.constantFrom(...EVIDENCE), standing, (a, b, evidence, who) => {
      const [low, high] = a < b ? [a, b] : [b, a]
      const after = (value: number): number => withEvidence(scoreOf(value), evidence, who, 0).points
      assert.ok(after(low) >= pointsAt(scoreOf(low), 0))
      assert.ok(after(high) >= after(low))
    }),
  )
})

test('a score fades to nothing, and never grows by itself', () => {
  fc.assert(
    fc.property(
      points,
      fc.integer({ min: 0, max: 1e9 }),
      fc.integer({ min: 0, max: 1e9 }),
      (p, a, b) => {
        const [sooner, later] = [Math.min(a, b), Math.max(a, b)]
        assert.ok(pointsAt(scoreOf(p), later) <= pointsAt(scoreOf(p), sooner))
        assert.equal(pointsAt(scoreOf(p), 8 * POINTS_HALF_LIFE_MS), 0)
      },
    ),
  )
})

test('however much trouble a member makes, it is asked last and stays connected', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...TROUBLE), { maxLength: 200 }), (all) => {
      const score = all.reduce(
        (each, evidence) => withEvidence(each, evidence, 'member', 0),
        NEUTRAL_SCORE,
      )
      assert.ok(score.points <= MEMBER_TROUBLE_POINTS_MAX)
      assert.ok(['trusted', 'asked-last'].includes(verdictOf(score.points)))
    }),
  )
})

test('proof of ill will ends the connection at once, whoever sent it', () => {
  for (const evidence of PROOFS) {
    for (const who of ['member', 'stranger'] as const) {
      assert.equal(verdictOf(withEvidence(NEUTRAL_SCORE, evidence, who, 0).points), 'ban')
    }
  }
})

test('a stranger who makes trouble is asked last, then disconnected, then refused', () => {
  const scores = new PeerScores(new TestClock())
  const verdicts = Array.from({ length: 4 }, () => scores.note('eve', 'overload', 'stranger'))
  assert.deepEqual(verdicts, ['asked-last', 'disconnect', 'disconnect', 'ban'])
  assert.ok(ASKED_LAST_POINTS < MEMBER_TROUBLE_POINTS_MAX)
  assert.ok(MEMBER_TROUBLE_POINTS_MAX < DISCONNECT_POINTS && DISCONNECT_POINTS < BAN_POINTS)
})

test('trouble is forgotten with time, and at once by hand', () => {
  const clock = new TestClock()
  const scores = new PeerScores(clock)
  for (let i = 0; i < 6; i++) scores.note('ben', 'silence', 'member')
  assert.equal(scores.isAskedLast('ben'), true)
  clock.pass(POINTS_HALF_LIFE_MS)
  assert.equal(scores.isAskedLast('ben'), false)
  scores.note('ben', 'overload', 'member')
  scores.forgive('ben')
  assert.equal(scores.points('ben'), 0)
})

test('of more peers than are remembered the least suspect go first', () => {
  const scores = new PeerScores(new TestClock())
  scores.note('liar', 'forgery', 'stranger')
  for (let i = 0; i <= SCORED_PEERS_MAX; i++) scores.note(`slow ${i}`, 'silence', 'stranger')
  assert.equal(scores.points('liar'), POINTS_MAX)
  assert.equal(scores.points('slow 0'), 0)
})
