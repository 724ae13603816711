/** Goal: no rule ever lets go what is in use, and the rules are those of restic. Method: random histories, and the calendar of the platform. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  Catalog,
  DEFAULT_RETENTION,
  keptByRules,
  monthOf,
  planRetention,
  retentionState,
} from '../../src/index.ts'
import type {
  NodeId,
  RetainedFile,
  RetentionRules,
  RetentionState,
  VersionId,
} from '../../src/index.ts'
import { device, facts, id } from './_catalog.ts'

const DAY_MS = 86_400_000
const NOW_MS = 1_800_000_000_000
const NONE: RetentionRules = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 }

test('months are those of the calendar', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date(2e13), noInvalidDate: true }), (date) => {
      assert.equal(monthOf(date.getTime()), date.getUTCFullYear() * 12 + date.getUTCMonth())
    }),
    { numRuns: 2000 },
  )
  assert.equal(monthOf(Date.UTC(2000, 1, 29)), 2000 * 12 + 1)
})

function at(month: number, day: number, hour: number): { readonly atMs: number } {
  return { atMs: Date.UTC(2026, month - 1, day, hour) }
}

test('keeps the newest of each day, week, month and year that the rules count', () => {
  const items = [at(3, 9, 5), at(3, 9, 1), at(3, 8, 7), at(3, 2, 1), at(2, 27, 1), at(1, 1, 1)]
  const kept = (rules: Partial<RetentionRules>): readonly number[] => {
    const set = keptByRules(items.toReversed(), { ...NONE, ...rules })
    return items.flatMap((item, index) => (set.has(item) ? [index] : []))
  }
  assert.deepEqual(kept({ last: 2 }), [0, 1])
  assert.deepEqual(kept({ hourly: 3 }), [0, 1, 2])
  assert.deepEqual(kept({ daily: 3 }), [0, 2, 3])
  assert.deepEqual(kept({ weekly: 2 }), [0, 2], 'a week begins on Monday, the 9th')
  assert.deepEqual(kept({ monthly: 9 }), [0, 4, 5])
  assert.deepEqual(kept({ yearly: 5 }), [0])
  assert.deepEqual(kept({ last: 1, monthly: 2 }), [0, 4])
})

const rules = fc.record({
  last: fc.nat({ max: 3 }),
  hourly: fc.nat({ max: 3 }),
  daily: fc.nat({ max: 3 }),
  weekly: fc.nat({ max: 2 }),
  monthly: fc.nat({ max: 2 }),
  yearly: fc.nat({ max: 2 }),
})
const ageMs = fc.nat({ max: 90 * 24 }).map((hours) => hours * 3_600_000)
const file = (byte: number): fc.Arbitrary<RetainedFile> =>
  fc
    .record({
      ages: fc.array(ageMs, { minLength: 1, maxLength: 8 }),
      heads: fc.nat({ max: 2 }),
      deleted: fc.option(ageMs, { nil: undefined }),
      unfinished: fc.array(ageMs, { maxLength: 1 }),
    })
    .map(({ ages, heads, deleted, unfinished }) => ({
      node: id<NodeId>(byte),
      deletedAtMs: deleted === undefined ? undefined : NOW_MS - deleted,
      versions: ages.map((age, index) => ({
        version: id<VersionId>(10 * byte + index),
        atMs: NOW_MS - age,
        isHead: index <= heads,
      })),
      unfinished: unfinished.map((age) => {
        return { version: id<VersionId>(10 * byte + 9), atMs: NOW_MS - age, isHead: false }
      }),
    }))
const files = fc.tuple(file(1), file(2), file(3))
const state = fc
  .tuple(
    files,
    fc.array(fc.tuple(ageMs, fc.array(fc.nat({ max: 29 }), { maxLength: 4 })), { maxLength: 4 }),
  )
  .map(([all, snapshots]): RetentionState => ({
    files: all,
    snapshots: snapshots.map(([age, bytes], index) => ({
      snapshot: id(200 + index),
      atMs: NOW_MS - age,
      versions: new Set(bytes.map((byte) => id<VersionId>(10 + byte))),
    })),
  }))

/** What is left of it. */
function after(before: RetentionState, done: ReturnType<typeof planRetention>): RetentionState {
  const gone = new Set(done.flatMap((each) => (each.kind === 'purge' ? each.versions : [])))
  const forgotten = new Set(
    done.flatMap((each) => (each.kind === 'forget-snapshot' ? [each.snapshot] : [])),
  )
  return {
    files: before.files.map((each) => ({
      ...each,
      versions: each.versions.filter(({ version }) => !gone.has(version)),
      unfinished: each.unfinished.filter(({ version }) => !gone.has(version)),
    })),
    snapshots: before.snapshots.filter(({ snapshot }) => !forgotten.has(snapshot)),
  }
}

test('never lets go what is in use, and lets nothing more go the second time', () => {
  fc.assert(
    fc.property(state, rules, rules, fc.nat({ max: 60 }), (before, versions, snapshots, days) => {
      const policy = { versions, snapshots, graceMs: days * DAY_MS }
      const plan = planRetention(before, policy, NOW_MS)
      const left = after(before, plan)
      const gone = new Set(plan.flatMap((each) => (each.kind === 'purge' ? each.versions : [])))
      for (const each of before.files) {
        const isLive = each.deletedAtMs === undefined
        for (const { version, isHead } of each.versions) {
          if (isLive && isHead) assert.ok(!gone.has(version), 'a head')
        }
        if (isLive || NOW_MS - each.deletedAtMs <= policy.graceMs) {
          const few = each.versions.length <= versions.last || !isLive
          if (few)
            assert.ok(
              each.versions.every(({ version }) => !gone.has(version)),
              'grace',
            )
        }
      }
      for (const { versions: shown } of left.snapshots) {
        for (const version of shown) {
          const isUnfinished = before.files.some((f) =>
            f.unfinished.some((u) => u.version === version),
          )
          if (!isUnfinished) assert.ok(!gone.has(version), 'a snapshot shows it')
        }
      }
      assert.deepEqual(planRetention(left, policy, NOW_MS), [])
    }),
    { numRuns: 500 },
  )
})

test('a policy that keeps more lets no more go', () => {
  fc.assert(
    fc.property(state, rules, rules, (before, some, more) => {
      const sum = Object.fromEntries(
        Object.entries(some).map(([name, count]) => [
          name,
          count + more[name as keyof RetentionRules],
        ]),
      ) as unknown as RetentionRules
      const purged = (versions: RetentionRules): readonly VersionId[] =>
        planRetention(
          before,
          { versions, snapshots: versions, graceMs: 30 * DAY_MS },
          NOW_MS,
        ).flatMap((each) => (each.kind === 'purge' ? each.versions : []))
      const less = new Set(purged(some))
      for (const version of purged(sum)) assert.ok(less.has(version))
    }),
    { numRuns: 300 },
  )
})

function content(node: number, version: number, replaces: readonly VersionId[]) {
  const ids = { kind: 'version', node: id<NodeId>(node), version: id<VersionId>(version) } as const
  return { ...ids, replaces, ...facts(version, 1), body: { literal: Uint8Array.of(1) } }
}

test('of a catalog: keeps what a file is and what snapshots show, and purges what was deleted long ago', () => {
  const catalog = new Catalog()
  let seq = 0
  const say = (ms: number, ...operations: Parameters<Catalog['apply']>[3]): void => {
    const place = (seq + 1).toString(16).padStart(64, '0')
    catalog.apply(`${ms.toString(16).padStart(12, '0')}0000${place}`, device(1), seq++, operations)
  }
  say(0, { kind: 'file', node: id(1), parent: undefined, name: 'a' }, content(1, 1, []))
  say(1, { kind: 'file', node: id(2), parent: undefined, name: 'b' }, content(2, 2, []))
  say(2, content(1, 3, [id(1)]))
  say(3, { kind: 'snapshot', snapshot: id(9), name: 's', vector: [[device(1), 2]] })
  say(4, content(1, 4, [id(3)]))
  say(5, { kind: 'file', node: id(5), parent: undefined, name: 'c' }, content(5, 5, []))
  say(6, { kind: 'delete', node: id(2), versions: [id(2)] })
  say(6, { kind: 'delete', node: id(5), versions: [id(5)] })
  const policy = { ...DEFAULT_RETENTION, versions: { ...NONE, last: 1 } }
  const plan = (nowMs: number) => planRetention(retentionState(catalog), policy, nowMs)
  assert.deepEqual(plan(10), [{ kind: 'purge', node: id(1), versions: [id(1)] }])
  const late = plan(31 * DAY_MS)
  assert.deepEqual(
    late.map((each) => (each.kind === 'purge' ? each.versions : each.kind)),
    [[id(1)], [id(5)]],
    'b is deleted too, but the snapshot shows it',
  )
  say(7, ...late)
  assert.deepEqual(plan(31 * DAY_MS), [])
  assert.equal(catalog.stat('a')?.version, id(4))
})
