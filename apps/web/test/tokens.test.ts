// Contrast of the tokens, WCAG 2.2: 4.5 to 1 for text in both themes.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { PERSON_COLOURS } from '../src/format/people.ts'

const css = readFileSync(new URL('../src/ui/tokens.css', import.meta.url), 'utf8')
const tokens = new Map(
  [...css.matchAll(/--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name, light, dark]) => [name ?? '', [light ?? '', dark ?? ''] as const],
  ),
)
const CONTRAST_MIN = 4.5

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * channels[0]! + 0.7152 * channels[1]! + 0.0722 * channels[2]!
}

function contrast(text: string, ground: string, theme: 0 | 1): number {
  const [a, b] = [text, ground].map((name) => luminance(tokens.get(name)?.[theme] ?? ''))
  return (Math.max(a!, b!) + 0.05) / (Math.min(a!, b!) + 0.05)
}

const people = Array.from({ length: PERSON_COLOURS }, (_, i) => `person-${i}`)
const PAIRS: readonly (readonly [string, string])[] = [
  ...['paper', 'surface', 'sunken', 'raised', 'hover'].flatMap((ground) => [
    ['ink', ground] as const,
    ['muted', ground] as const,
  ]),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['accent-ink', 'accent-soft'],
  ['accent-ink', 'surface'],
  ['accent-ink', 'paper'],
  ['warning-ink', 'warning-soft'],
  ['danger-ink', 'danger-soft'],
  ['danger-ink', 'surface'],
  ...people.flatMap((person) => [
    [person, 'surface'] as const,
    [person, 'hover'] as const,
    ['on-person', person] as const,
  ]),
]

test('every pair of text and ground has enough contrast, light and dark', () => {
  for (const [text, ground] of PAIRS) {
    for (const theme of [0, 1] as const) {
      const found = contrast(text, ground, theme)
      assert.ok(found >= CONTRAST_MIN, `${text} on ${ground}: ${found.toFixed(2)}`)
    }
  }
})

test('the colours of the specification are kept', () => {
  assert.deepEqual(tokens.get('paper'), ['#faf8f5', '#161513'])
  assert.deepEqual(tokens.get('accent'), ['#1f6f54', '#58b894'])
  assert.deepEqual(tokens.get('danger'), ['#b3362b', '#ef7a6d'])
})
