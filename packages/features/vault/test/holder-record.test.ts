import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AUDIT_EVERY_MS,
  GONE_AFTER_MS,
  proofStateOf,
  newHolderRecord,
  nextAuditAtMs,
  PROOF_DUE_MS,
  recordOutcome,
  recordSeen,
  SILENCE_MS_MAX,
} from '../src/index.ts'
import type { HolderRecord } from '../src/index.ts'

const fresh = newHolderRecord(0)

function silences(record: HolderRecord, untilMs: number): HolderRecord {
  let [now, nowMs] = [record, nextAuditAtMs(record)]
  while (nowMs <= untilMs) {
    now = recordOutcome(now, { kind: 'silent' }, nowMs)
    nowMs = nextAuditAtMs(now)
  }
  return now
}

test('a holder is asked at once, then every twelve hours while it answers', () => {
  assert.equal(nextAuditAtMs(fresh), 0)
  const proven = recordOutcome(fresh, { kind: 'proven' }, 1000)
  assert.equal(nextAuditAtMs(proven), 1000 + AUDIT_EVERY_MS)
  assert.equal(proofStateOf(proven, 1000), 'ok')
  assert.equal(proofStateOf(proven, 1000 + PROOF_DUE_MS), 'due')
})

test('silence counts only after three days in which it could be reached, and an answer ends it', () => {
  const silent = silences(recordOutcome(fresh, { kind: 'proven' }, 0), SILENCE_MS_MAX)
  assert.ok(silent.silences > 3 && silent.silences < 30, `asked ${silent.silences} times`)
  assert.notEqual(proofStateOf(silent, silent.silentSinceMs! + SILENCE_MS_MAX - 1), 'late')
  const lateAtMs = silent.silentSinceMs! + SILENCE_MS_MAX
  assert.equal(proofStateOf(recordSeen(silent, lateAtMs), lateAtMs), 'late')
  const again = recordOutcome(silent, { kind: 'proven' }, lateAtMs)
  assert.deepEqual([proofStateOf(again, lateAtMs), again.silences], ['ok', 0])
})

test('being offline says nothing until nobody has seen it for two weeks', () => {
  const proven = recordOutcome(fresh, { kind: 'proven' }, 0)
  const away = recordOutcome(proven, { kind: 'offline' }, GONE_AFTER_MS - 1)
  assert.deepEqual(away, proven)
  assert.equal(proofStateOf(away, GONE_AFTER_MS - 1), 'due')
  assert.equal(proofStateOf(away, GONE_AFTER_MS), 'gone')
  assert.equal(proofStateOf(recordSeen(away, GONE_AFTER_MS), GONE_AFTER_MS), 'due')
})

test('a wrong answer speaks against it at once, until a right one', () => {
  const failed = recordOutcome(fresh, { kind: 'wrong', fault: 'missing' }, 5)
  assert.deepEqual([proofStateOf(failed, 5), failed.failures], ['failed', 1])
  assert.ok(nextAuditAtMs(failed) < 5 + AUDIT_EVERY_MS)
  assert.equal(proofStateOf(recordOutcome(failed, { kind: 'proven' }, 6), 6), 'ok')
})

test('who is busy is no worse for it, and not asked again at once', () => {
  const busy = recordOutcome(fresh, { kind: 'unknown' }, 100)
  assert.equal(proofStateOf(busy, 100), 'ok')
  assert.equal(nextAuditAtMs(busy), 100 + AUDIT_EVERY_MS)
})
