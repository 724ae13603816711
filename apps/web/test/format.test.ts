import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceProgress, Member, SpaceInspection } from '@hamlet/http/api'
import { deliveryWords } from '../src/format/delivery.ts'
import {
  initials,
  joinNames,
  personColour,
  PERSON_COLOURS,
  someNames,
} from '../src/format/people.ts'
import { latestWords, movingWords, whoIsHere } from '../src/format/status-words.ts'
import { dayName, listTime, relativeTime } from '../src/format/time.ts'
import { en } from '../src/i18n/en.ts'
import { MINUTE_MS, NOON_MS, testId } from './_messages.ts'

const words = { locale: 'en-GB', texts: en }
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

function ago(ms: number): string {
  return relativeTime(NOON_MS - ms, NOON_MS, words)
}

test('times are relative for a week and dates beyond', () => {
  assert.equal(ago(10_000), 'just now')
  assert.equal(ago(5 * MINUTE_MS), '5 minutes ago')
  assert.equal(ago(3 * HOUR_MS), '3 hours ago')
  assert.equal(ago(DAY_MS), 'yesterday')
  assert.equal(ago(30 * DAY_MS), '21 Oct')
  assert.equal(ago(-7 * DAY_MS), 'in 7 days')
})

test('days and lists name today, yesterday, the weekday, then the date', () => {
  assert.equal(dayName(NOON_MS, NOON_MS, words), 'Today')
  assert.equal(dayName(NOON_MS - DAY_MS, NOON_MS, words), 'Yesterday')
  assert.match(dayName(NOON_MS - 400 * DAY_MS, NOON_MS, words), /2025/)
  assert.equal(listTime(NOON_MS, NOON_MS, words), '12:00')
  assert.equal(listTime(NOON_MS - 3 * DAY_MS, NOON_MS, words), 'Tue')
})

test('a person has one colour and at most two initials', () => {
  assert.equal(personColour(testId(3)), personColour(testId(3)))
  const colours = new Set(Array.from({ length: 200 }, (_, i) => personColour(`0000${1000 + i}`)))
  assert.equal(colours.size, PERSON_COLOURS)
  assert.deepEqual(['Ana', 'Ben van Dyk', '  ', 'çelik ç', '(Zoë)'].map(initials), [
    'A',
    'BD',
    '?',
    'ÇÇ',
    'Z',
  ])
})

test('names are joined as the language does, and long lists are cut', () => {
  assert.equal(joinNames(['Ana', 'Ben', 'Cleo'], 'en-GB'), 'Ana, Ben and Cleo')
  assert.equal(someNames(['A', 'B', 'C', 'D'], 2, 'en-GB', en), 'A and 3 others')
})

test('delivery is told from what others have signed, never guessed', () => {
  const namesByPerson = new Map([
    ['b', 'Ben'],
    ['c', 'Cleo'],
  ])
  const say = (heldBy: number, devices: number, readBy: readonly string[] = []) =>
    deliveryWords({ heldBy, devices, readBy }, { ...words, namesByPerson })
  assert.equal(say(1, 3), 'Only on this device')
  assert.equal(say(1, 1), 'Only on this device')
  assert.equal(say(2, 3), 'On 2 of 3 devices')
  assert.equal(say(3, 3), 'On all 3 devices')
  assert.equal(say(3, 3, ['b']), 'Read by Ben')
  assert.equal(say(3, 3, ['b', 'c']), 'Read by everyone')
  assert.equal(say(3, 3, ['x']), 'Read by Someone without a name')
})

function member(name: string, online: boolean, self = false): Member {
  const may = { canRemove: false, canBecome: [] }
  const facts = { role: 'writer', joinedAtMs: 0, incarnation: 0, devices: [] } as const
  return { person: name, name, self, online, ...facts, ...may }
}

function inspection(held: readonly number[], entries: number, missing = 0): SpaceInspection {
  const devices = held.map((entriesHeld, index): DeviceProgress => {
    return {
      device: String(index),
      person: String(index),
      name: '',
      own: index === 0,
      online: true,
      entriesHere: 0,
      entriesKnown: index === 1 ? missing : 0,
      entriesHeld,
      note: '',
    }
  })
  const rest = { frontier: '', pending: 0, quarantined: 0, epoch: '', forks: [], rejected: [] }
  const newer = { count: 0, latest: [] }
  return { ...rest, newer, entries, devices }
}

test('the strip says who is here, who has the latest change, and what is on its way', () => {
  const self = member('Ana', true, true)
  assert.equal(whoIsHere([self], en, 'en'), 'Only you so far')
  assert.equal(whoIsHere([self, member('Ben', false)], en, 'en'), 'Nobody else is here now')
  assert.equal(whoIsHere([self, member('Ben', true)], en, 'en'), 'Ben here now')
  assert.match(latestWords(inspection([5, 4, 4], 5), en), /only on this device/)
  assert.match(latestWords(inspection([5, 5, 4], 5), en), /2 of 3/)
  assert.match(latestWords(inspection([5, 5, 5], 5), en), /all 3/)
  assert.equal(movingWords(inspection([5, 5], 5, 2), en), '2 changes are on their way here')
})
