/**
 * The reports of the lab: what they escape, how they put figures, and that the seed decides every byte.
 * @timeoutSeconds 300
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spreadOf } from '../../bench/lab/measure.ts'
import { escapeText } from '../../bench/lab/report/escape.ts'
import { formatBytes, formatDuration, formatShare } from '../../bench/lab/report/format.ts'
import { renderHtml } from '../../bench/lab/report/html-report.ts'
import { renderMarkdown } from '../../bench/lab/report/markdown-report.ts'
import type { LabResults } from '../../bench/lab/results.ts'
import { factsOf, runTask, tasksOf } from '../../bench/lab/worlds.ts'

const HOSTILE_TEXT = `<script>alert("1")</script> & 'more' | cells`

async function quickFamily(seed: number): Promise<LabResults> {
  const plays = []
  for (const task of tasksOf('family', seed, true)) {
    const { measures } = await runTask(task)
    plays.push({ label: task.label, measures })
  }
  return {
    seed,
    quick: true,
    worlds: [{ name: 'family', facts: factsOf('family', seed, true), plays }],
  }
}

const results = await quickFamily(3)

test('the same seed gives the same bytes, another seed others', async () => {
  const again = await quickFamily(3)
  assert.equal(renderHtml(again), renderHtml(results))
  assert.equal(renderMarkdown(again), renderMarkdown(results))
  assert.notEqual(renderHtml(await quickFamily(4)), renderHtml(results))
})

test('a stamp is the only thing in a report that is not of the seed', () => {
  const stamped = renderHtml(results, { stamp: 'today, here' })
  assert.equal(stamped.replace(' · today, here', ''), renderHtml(results))
})

test('text is never markup', () => {
  assert.equal(escapeText(HOSTILE_TEXT).search(/[<>"']/), -1)
  assert.equal(escapeText('a & b'), 'a &amp; b')
  const [world] = results.worlds
  const facts = { ...world!.facts, title: HOSTILE_TEXT, story: [HOSTILE_TEXT] }
  const plays = world!.plays.map((each) => ({ ...each, label: HOSTILE_TEXT }))
  const hostile = { ...results, worlds: [{ ...world!, facts, plays }] }
  const html = renderHtml(hostile, { stamp: HOSTILE_TEXT })
  assert.ok(!html.includes('<script'), 'no script')
  assert.ok(html.includes(escapeText(HOSTILE_TEXT)))
  for (const row of renderMarkdown(hostile)
    .split('\n')
    .filter((line) => line.startsWith('| '))) {
    assert.ok(row.endsWith(' |'), row)
  }
})

test('a report loads nothing and runs nothing', () => {
  const html = renderHtml(results)
  assert.doesNotMatch(html, /<(script|link|iframe|img|object|embed)\b/)
  assert.doesNotMatch(html, /\b(src|href)="(?!#)/)
  assert.doesNotMatch(html, /url\(|@import| on[a-z]+=/)
})

test('every tag that is opened is closed, in order', () => {
  const open: string[] = []
  for (const [, slash, name, own] of renderHtml(results).matchAll(
    /<(\/?)([a-z0-9]+)[^>]*?(\/?)>/g,
  )) {
    if (own === '/' || name === 'meta') continue
    if (slash === '/') assert.equal(open.pop(), name)
    else open.push(name!)
  }
  assert.deepEqual(open, [])
})

test('every plot says in words what it shows', () => {
  const html = renderHtml(results)
  const figures = html.match(/<figure>.*?<\/figure>/gs)!
  assert.equal(figures.length, 6)
  for (const figure of figures) {
    assert.match(figure, /role="img" aria-label="Plot: [^"]+"/)
    assert.match(figure, /<figcaption>.{20,}<\/figcaption>/s)
    assert.match(figure, /<ul class="legend">/)
    assert.doesNotMatch(figure, /NaN|undefined|Infinity/)
  }
})

test('a figure is rounded, but what is not whole is never called whole', () => {
  assert.equal(formatShare(1), '100\u00a0%')
  assert.equal(formatShare(0.99999), '99.9\u00a0%')
  assert.equal(formatShare(0.00001), '0.1\u00a0%')
  assert.equal(formatDuration(null), 'not in the play')
  assert.equal(formatDuration(1_234), '1.2\u00a0s')
  assert.equal(formatDuration(5_400_000), '90\u00a0min')
  assert.equal(formatBytes(1_234_567), '1.2\u00a0MB')
})

test('quantiles are of all values, endless ones included', () => {
  const values = [...Array.from({ length: 98 }, (_, i) => i + 1), Infinity, Infinity]
  assert.deepEqual(spreadOf(values), { p50: 50, p90: 90, p99: null, max: null })
  assert.deepEqual(spreadOf([7]), { p50: 7, p90: 7, p99: 7, max: 7 })
  assert.equal(spreadOf([]).p50, null)
})
