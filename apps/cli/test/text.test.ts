import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as text from '../src/text.ts'
import { NOON_MS } from './_cli.ts'

const HOUR_MS = 3_600_000

test('durations are numbers of minutes, hours, days or weeks', () => {
  assert.equal(text.parseDuration('30m'), 1800)
  assert.equal(text.parseDuration('12h'), 43_200)
  assert.equal(text.parseDuration('7d'), 604_800)
  assert.equal(text.parseDuration('2w'), 1_209_600)
  for (const wrong of ['', '7', 'd', '0d', '-1d', '1.5h', '7 d', '7D', '1y', '999999d', '7dd']) {
    assert.throws(() => text.parseDuration(wrong), { code: 'USAGE' }, wrong)
  }
})

test('counts are whole numbers within their limit', () => {
  assert.equal(text.parseCount('1', 500), 1)
  assert.equal(text.parseCount('500', 500), 500)
  for (const wrong of ['0', '501', '-1', '1e2', '0x1', '', ' 1']) {
    assert.throws(() => text.parseCount(wrong, 500), { code: 'USAGE' }, wrong)
  }
})

test('addresses have a host and a port', () => {
  assert.deepEqual(text.parseHostPort('127.0.0.1:0'), { host: '127.0.0.1', port: 0 })
  assert.deepEqual(text.parseHostPort('[::1]:7710'), { host: '::1', port: 7710 })
  for (const wrong of ['', '7710', ':7710', '127.0.0.1', '127.0.0.1:', '::1:7710', 'a:65536']) {
    assert.throws(() => text.parseHostPort(wrong), { code: 'USAGE' }, wrong)
  }
})

test('times are told as a person would', () => {
  assert.equal(told(0), 'just now')
  assert.equal(told(59_000), 'just now')
  assert.equal(told(5 * 60_000), '5 min ago')
  assert.equal(told(3 * HOUR_MS), '3 h ago')
  assert.equal(told(24 * HOUR_MS), '1 day ago')
  assert.equal(told(6 * 24 * HOUR_MS), '6 days ago')
  assert.equal(told(8 * 24 * HOUR_MS), '2026-11-12')
  assert.equal(told(-7 * 24 * HOUR_MS), 'in 7 days')
  assert.equal(text.clockTime(NOON_MS - HOUR_MS, NOON_MS), '11:00')
  assert.equal(text.clockTime(NOON_MS - 24 * HOUR_MS, NOON_MS), '2026-11-19 12:00')
})

function told(passedMs: number): string {
  return text.ago(NOON_MS - passedMs, NOON_MS)
}

test('columns line up, wide characters, emoji and colours included', () => {
  const rows = [
    ['Ana', '1'],
    ['日本', '2'],
    ['👩‍🌾', '3'],
    [text.paint('Cleo', 'green', true), '4'],
  ]
  const lines = text.table(['NAME', 'N'], rows, false).trimEnd().split('\n')
  const columns = lines.map((line) => text.widthOf(line.slice(0, line.search(/[N0-9]$/))))
  assert.deepEqual(columns, [6, 6, 6, 6, 6])
})

test('sizes are in bytes, then in kB, then in MB with one decimal', () => {
  assert.equal(text.sizeOf(0), '0 B')
  assert.equal(text.sizeOf(10), '10 B')
  assert.equal(text.sizeOf(999), '999 B')
  assert.equal(text.sizeOf(1000), '1 kB')
  assert.equal(text.sizeOf(1001), '2 kB')
  assert.equal(text.sizeOf(1_500_000), '1.5 MB')
})

test('what others wrote cannot steer the terminal', () => {
  const hostile = '\u001b[2J\u001b]0;title\u0007a\u009b1mb\u202ec\rd\u2028e\u200ff\u0000'
  for (const safe of [text.printable(hostile), text.printableLines(hostile)]) {
    assert.doesNotMatch(safe, /(?!\n)[\p{Cc}\u2028\u202e\u200f]/u)
    assert.equal(safe.replaceAll('\ufffd', ''), '[2J]0;titlea1mbcdef')
  }
  assert.equal(text.printableLines('a\r\nb\nc'), 'a\nb\nc')
  assert.equal(text.printable('a\nb'), 'a\ufffdb')
})
