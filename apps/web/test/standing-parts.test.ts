// Words about trackers and about who gives and takes: what happened, what it rests on, and what somebody could do.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KnownTracker, PersonStanding } from '@hamlet/http/api'
import {
  balancePart,
  balanceWords,
  fraudWords,
  inOrder,
  reasonWords,
  standingFacts,
} from '../src/files/standing-words.ts'
import {
  addressProblem,
  trackerHost,
  trackerProblem,
  trackerState,
} from '../src/files/tracker-words.ts'
import { en } from '../src/i18n/en.ts'
import { members, WORDS } from './_files.ts'

const URL = 'https://tracker.example:7373'

function stateOf(change: Partial<KnownTracker>): string {
  const tracker = { url: URL, state: 'unknown', announced: 0, ...change } as const
  return trackerState(tracker, en, () => '3 minutes ago')
}

test('a tracker says whether it lets this device in, when it answered, and what is wrong in plain words', () => {
  assert.equal(stateOf({}), 'Not asked yet.')
  assert.equal(
    stateOf({ state: 'working', checkedAtMs: 1 }),
    'Logged in, last answer 3 minutes ago',
  )
  assert.equal(
    stateOf({ state: 'failed', checkedAtMs: 1, reason: 'TRACKER_UNREACHABLE' }),
    `${en.trackers.problems.away} Asked 3 minutes ago; it is asked again by itself.`,
  )
  assert.equal(trackerHost(URL), 'tracker.example:7373')
  assert.equal(trackerHost('no address'), 'no address')
})

test('every code that a tracker or the peer gives leads to words, and one that nobody knows too', () => {
  const problems = Object.groupBy(
    [
      ...['TRACKER_UNREACHABLE', 'TRACKER_MALFORMED', 'HTTP_404', 'HTTP_301', 'HTTP_429'],
      ...['TRACKER_BUSY', 'RATE_LIMITED', 'HOLDINGS_FULL', 'LOGIN_SIGNATURE_REFUSED', 'HTTP_403'],
      ...['TOKEN_EXPIRED', 'REGISTRATION_CLOSED', 'DATABASE_UNAVAILABLE', 'HTTP_500', ''],
    ],
    trackerProblem,
  )
  assert.deepEqual(problems, {
    __proto__: null,
    away: ['TRACKER_UNREACHABLE'],
    wrong: ['TRACKER_MALFORMED', 'HTTP_404', 'HTTP_301'],
    busy: ['HTTP_429', 'TRACKER_BUSY', 'RATE_LIMITED'],
    full: ['HOLDINGS_FULL'],
    closed: ['LOGIN_SIGNATURE_REFUSED', 'HTTP_403', 'TOKEN_EXPIRED', 'REGISTRATION_CLOSED'],
    trouble: ['DATABASE_UNAVAILABLE', 'HTTP_500', ''],
  })
  assert.equal(addressProblem('TRACKER_URL_INVALID', en), en.trackers.badAddress)
  assert.equal(addressProblem('INVALID_INPUT', en), en.trackers.badAddress)
  assert.equal(addressProblem('TRACKERS_FULL', en), en.trackers.tooMany)
  assert.equal(addressProblem('PEER_UNREACHABLE', en), undefined)
})

function standing(change: Partial<PersonStanding> = {}): PersonStanding {
  return {
    ...{ person: 'p', isSelf: false, contribution: 0, reliability: 0.5, memberSinceMs: 0 },
    ...{ givenBytes: 0, takenBytes: 0, balanceBytes: 0, reasons: [], frauds: [] },
    ...change,
  }
}

test('people stand in the order of what they gave more than they took, and those who are even by how long they are here', () => {
  const people = [
    standing({ person: 'new', memberSinceMs: 9 }),
    standing({ person: 'taker', balanceBytes: -5 }),
    standing({ person: 'old', memberSinceMs: 1 }),
    standing({ person: 'giver', balanceBytes: 5 }),
  ]
  assert.deepEqual(
    inOrder(people).map(({ person }) => person),
    ['giver', 'old', 'new', 'taker'],
  )
  assert.equal(balanceWords(2_200_000_000, WORDS), 'gave 2.2 GB more than taken')
  assert.equal(balanceWords(-1000, WORDS), 'took 1 kB more than given')
  assert.equal(balanceWords(0, WORDS), 'even')
  assert.deepEqual([balancePart(5, 10), balancePart(-20, 10), balancePart(0, 0)], [0.5, -1, 0])
})

test('what counts for the one who looks is said in words, of oneself nothing, and of a newcomer that nothing is known', () => {
  const { contribution, reliability, reliabilityUnknown } = en.standing
  assert.deepEqual(standingFacts(standing({ isSelf: true, contribution: 1 }), WORDS), [])
  assert.deepEqual(standingFacts(standing(), WORDS), [contribution.none, reliabilityUnknown])
  const given = { givenBytes: 10, reliability: 0.937 }
  const facts = (value: number) => standingFacts(standing({ ...given, contribution: value }), WORDS)
  assert.deepEqual(facts(0.05), [contribution.little, reliability('93%')])
  assert.deepEqual(facts(0.3)[0], contribution.some)
  assert.deepEqual(facts(0.9)[0], contribution.much)
})

test('reasons name the other, and frauds what was proven and whether an admin has cleared it', () => {
  const known = members(['b', { name: 'Ben', self: false }], ['a', { name: 'Ana', self: true }])
  const words = (kind: 'given' | 'taken' | 'served' | 'failed', other: string) =>
    reasonWords({ kind, other, bytes: 1_200_000, atMs: 0 }, known, WORDS)
  assert.equal(words('given', 'b'), 'gave Ben 1.2 MB')
  assert.equal(words('taken', 'a'), 'took 1.2 MB from you')
  assert.equal(words('served', 'gone'), 'sent somebody 1.2 MB, all of it good')
  const fraud = { kind: 'conflict', detail: '', atMs: 0, isForgiven: false }
  assert.equal(fraudWords(fraud, WORDS), en.standing.frauds.conflict)
  assert.equal(
    fraudWords({ ...fraud, isForgiven: true, detail: 'an old disk' }, WORDS),
    `${en.standing.frauds.conflict} An admin has cleared it: an old disk`,
  )
  assert.equal(
    fraudWords({ ...fraud, kind: 'toString' }, WORDS),
    'Proven to have cheated: toString.',
  )
})
