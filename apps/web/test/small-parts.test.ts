// Routes, errands, mentions, jumping, notes and the code to scan: parts of the page that need no screen.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Member } from '@hamlet/http/api'
import { emojiOf, EMOJI_GROUPS } from '../src/chat/emoji-list.ts'
import { completeMention, mentionAt, suggestMembers } from '../src/chat/mentions.ts'
import { plainText } from '../src/chat/plain-text.ts'
import { qrPath } from '../src/people/qr-path.ts'
import { filterItems } from '../src/shell/jump-items.ts'
import { LocalNotes } from '../src/state/local-notes.ts'
import { shouldOfferRecovery } from '../src/state/recovery-offer.ts'
import { Refresher } from '../src/state/refresher.ts'
import { parseErrand, parseRoute, routeToFragment } from '../src/state/route.ts'
import type { Route } from '../src/state/route.ts'
import { testId } from './_messages.ts'

test('every place survives the address bar, and nonsense leads to the start', () => {
  const [space, room, message] = [testId(1), testId(2), testId(3)]
  const routes: readonly Route[] = [
    { at: 'start' },
    { at: 'overview', space },
    { at: 'people', space },
    { at: 'bills', space },
    { at: 'search', space },
    { at: 'room', space, room },
    { at: 'room', space, room, message },
  ]
  for (const route of routes) assert.deepEqual(parseRoute(routeToFragment(route)), route)
  for (const fragment of ['', '#', '#/s/short', '#/x/y', '#login=abc', '#/s/<script>']) {
    assert.deepEqual(parseRoute(fragment), { at: 'start' })
  }
})

test('a login code and an invitation are told apart, and oversized ones are ignored', () => {
  assert.deepEqual(parseErrand('#login=abc'), { kind: 'login', code: 'abc' })
  assert.deepEqual(parseErrand('#join=a=b'), { kind: 'join', payload: 'a=b' })
  assert.equal(parseErrand('#/s/1'), undefined)
  assert.equal(parseErrand('#login='), undefined)
  assert.equal(parseErrand(`#login=${'x'.repeat(600)}`), undefined)
})

function member(name: string, self = false): Member {
  const [person, online] = [name, true]
  const may = { canRemove: false, canBecome: [] }
  const facts = { role: 'writer', joinedAtMs: 0, incarnation: 0, devices: [] } as const
  return { person, name, self, online, ...facts, ...may }
}

test('a mention is noticed at the start of a word and completed with the whole name', () => {
  assert.equal(mentionAt('mail a@b', 8), undefined)
  assert.equal(mentionAt('@ x', 3), undefined)
  const query = mentionAt('ask @be', 7)
  assert.deepEqual(query, { start: 4, query: 'be' })
  assert.ok(query)
  assert.deepEqual(completeMention('ask @be today', query, 'Ben Carter'), {
    text: 'ask @Ben Carter today',
    caret: 16,
  })
})

test('members are suggested by any word of their name, without accents, and never oneself', () => {
  const members = [member('Ana', true), member('Zoë Carter'), member('Carlos'), member('')]
  assert.deepEqual(
    suggestMembers(members, 'car').map(({ name }) => name),
    ['Zoë Carter', 'Carlos'],
  )
  assert.deepEqual(
    suggestMembers(members, 'zoe').map(({ name }) => name),
    ['Zoë Carter'],
  )
})

function toItem(label: string) {
  return { key: label, label, detail: '', kind: 'room' } as const
}

test('jumping ranks beginnings of names before parts of them', () => {
  const items = ['Old garden', 'Bogarde', 'Garden', 'Kitchen'].map(toItem)
  assert.deepEqual(
    filterItems(items, 'gar').map(({ label }) => label),
    ['Garden', 'Old garden', 'Bogarde'],
  )
})

test('notes are kept when storage refuses them', () => {
  const refusing = {
    getItem: () => null,
    setItem: () => {
      throw new Error('full')
    },
    removeItem: () => undefined,
  }
  const notes = new LocalNotes(refusing)
  notes.setDraft('a/b', 'half a thought')
  assert.equal(notes.draft('a/b'), 'half a thought')
  notes.addSeenLate('a/b', ['1', '2'])
  notes.addSeenLate('a/b', ['2', '3'])
  assert.deepEqual([...notes.seenLate('a/b')], ['1', '2', '3'])
})

test('a load asked for again while it runs is run once more, not once for each question', async () => {
  const refresher = new Refresher(0)
  let runs = 0
  const load = async () => {
    runs++
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const first = refresher.refresh('a', load)
  await new Promise((resolve) => setTimeout(resolve, 1))
  await Promise.all(Array.from({ length: 10 }, () => refresher.refresh('a', load)))
  await first
  assert.equal(runs, 2)
  await refresher.refresh('a', load)
  assert.equal(runs, 3)
})

test('a stream of questions is answered once in a gap, the first at once and the last not forgotten', async () => {
  const gapMs = 60
  const refresher = new Refresher(gapMs)
  const startedAtMs: number[] = []
  const load = async (): Promise<void> => void startedAtMs.push(performance.now())
  const asked = performance.now()
  await refresher.refresh('a', load)
  assert.equal(startedAtMs.length, 1)
  while (performance.now() - asked < 3 * gapMs) {
    void refresher.refresh('a', load)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const lastQuestionMs = performance.now()
  await refresher.refresh('a', load)
  assert.ok(startedAtMs.at(-1)! >= lastQuestionMs)
  for (const [index, at] of startedAtMs.entries()) {
    if (index > 0) assert.ok(at - startedAtMs[index - 1]! >= gapMs - 2)
  }
})

test('recovery words are offered when somebody else came, once', () => {
  const space = {
    id: '',
    name: '',
    role: 'owner',
    members: 1,
    unread: 0,
    mentions: 0,
    requests: 0,
    online: 0,
    sync: 'alone',
    standing: 'member',
  } as const
  assert.equal(shouldOfferRecovery([space], ''), false)
  assert.equal(shouldOfferRecovery([{ ...space, members: 2 }], ''), true)
  assert.equal(shouldOfferRecovery([{ ...space, members: 2 }], 'later'), false)
  assert.equal(shouldOfferRecovery([{ ...space, members: 2, role: 'writer' }], ''), false)
})

test('the code to scan is square and made of whole modules', () => {
  const { size, path } = qrPath(`hamlet:join#${'a'.repeat(200)}`)
  assert.ok(size > 40)
  assert.match(path, /^(M\d+ \d+h\d+v1h-\d+z)+$/)
  assert.ok(path.startsWith('M1 1h7v1h-7z'))
})

test('emoji are unique and each has a name', () => {
  const all = EMOJI_GROUPS.flatMap((group) => emojiOf(group))
  assert.equal(new Set(all.map(({ emoji }) => emoji)).size, all.length)
  assert.ok(all.every(({ emoji, name }) => emoji !== '' && name !== ''))
})

test('a preview is one line without marks', () => {
  assert.equal(plainText('see **you**\nat `eight`'), 'see you at eight')
})
