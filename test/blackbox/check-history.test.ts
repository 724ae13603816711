/**
 * The judge judged: a history as promised passes, and each hand-made fault is found and named. Without these, a run
 * that finds nothing would say nothing.
 */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { checkHistory } from './check-history.ts'
import type { AnomalyKind, FinalMessage, FinalState, History } from './history.ts'
import { ANNA, BEN, goodHistory, HistoryBuilder, ROOM, seen } from './_histories.ts'

function kinds(history: History): AnomalyKind[] {
  return [...new Set(checkHistory(history).map(({ kind }) => kind))]
}

function assertFinds(history: History, kind: AnomalyKind): void {
  assert.ok(kinds(history).includes(kind), `found ${JSON.stringify(checkHistory(history))}`)
}

function withInspection(change: Partial<FinalState['inspection']>): History {
  return goodHistory().build(
    at('ben', ({ inspection }) => ({ inspection: { ...inspection, ...change } })),
  )
}

/** A change to what one host says at the end. */
function at(host: string, change: (state: FinalState) => Partial<FinalState>) {
  return (state: FinalState, name: string) =>
    name === host ? { ...state, ...change(state) } : state
}

function withReactions(message: FinalMessage): FinalMessage {
  return { ...message, reactions: [{ emoji: '🎉', people: [ANNA] }] }
}

describe('a history as promised', () => {
  test('passes, whether or not the unheard write was done', () => {
    assert.deepEqual(checkHistory(goodHistory().build()), [])
    const without = new HistoryBuilder()
    without.send('anna', 'a1 hello')
    without.add('anna', { kind: 'send', room: ROOM, text: 'a2 unheard' }, { outcome: 'info' })
    assert.deepEqual(checkHistory(without.build()), [])
  })

  test('passes when unheard edits and reactions took effect late', () => {
    const history = new HistoryBuilder()
    history.send('anna', 'a1 hello')
    history.add('anna', { kind: 'edit', message: 'a1', text: 'e1' }, { outcome: 'info' })
    history.add('anna', { kind: 'edit', message: 'a1', text: 'e2' })
    history.change('a1', { text: 'e1', versions: ['a1 hello', 'e2', 'e1'] })
    history.add('ben', { kind: 'react', message: 'a1', emoji: '👍', on: true }, { outcome: 'info' })
    history.add('ben', { kind: 'react', message: 'a1', emoji: '👍', on: false })
    history.change('a1', { reactions: [{ emoji: '👍', people: [BEN] }] })
    assert.deepEqual(checkHistory(history.build()), [])
  })

  test('passes when concurrent requests of one host took effect in either order', () => {
    const history = new HistoryBuilder()
    const [first, second] = ['a1 one', 'a2 two'].map((text) =>
      history.final('anna', text.slice(0, 2), text),
    )
    const timing = { startMs: 5, endMs: 20 }
    history.add('anna', { kind: 'send', room: ROOM, text: 'a2 two', shown: seen(second!) }, timing)
    history.add('anna', { kind: 'send', room: ROOM, text: 'a1 one', shown: seen(first!) }, timing)
    assert.deepEqual(checkHistory(history.build()), [])
  })

  test('passes when a page shows only a window', () => {
    const history = goodHistory()
    history.add('ben', {
      kind: 'read',
      room: ROOM,
      query: '',
      page: { messages: [seen(history.messages[1]!)], hasOlder: true, hasNewer: true },
    })
    assert.deepEqual(checkHistory(history.build()), [])
  })
})

describe('convergence', () => {
  test('hosts that differ in a message, an order, a reaction, a room or a member are found', () => {
    const changes: ((state: FinalState) => Partial<FinalState>)[] = [
      ({ messages }) => ({ messages: messages.slice(1) }),
      ({ messages }) => ({ messages: [messages[1]!, messages[0]!, ...messages.slice(2)] }),
      ({ messages }) => ({ messages: [withReactions(messages[0]!), ...messages.slice(1)] }),
      () => ({ rooms: ['another'] }),
      ({ members }) => ({ members: members.slice(1) }),
      ({ members: [first, ...others] }) => ({ members: [{ ...first!, role: 'admin' }, ...others] }),
      ({ log }) => ({ log: log.slice(1) }),
      () => ({
        aside: [{ id: 'x', person: BEN, device: 'device-ben', kind: 'message', text: 'x' }],
      }),
      ({ exportLines }) => ({ exportLines: [...exportLines, '{}'] }),
      ({ inspection }) => ({ inspection: { ...inspection, frontier: 'g' } }),
    ]
    for (const change of changes) assertFinds(goodHistory().build(at('ben', change)), 'diverged')
  })

  test('a host whose pages differ from its export is found', () => {
    const history = goodHistory().build((state) => ({ ...state, pages: { [ROOM]: [] } }))
    assertFinds(history, 'diverged')
  })

  test('a face that missed a message or a change of one is found', () => {
    const missed = at('ben', ({ watched }) => ({ watched: watched!.slice(1) }))
    assertFinds(goodHistory().build(missed), 'stale face')
    const stale = at('ben', ({ watched }) => ({
      watched: [...watched!.slice(1), { ...watched![0]!, text: 'a1 hello' }],
    }))
    assertFinds(goodHistory().build(stale), 'stale face')
  })

  test('a search that finds too much or too little is found', () => {
    for (const ids of [[], ['a1', 'b1']]) {
      const history = goodHistory().build(at('ben', () => ({ searches: [{ word: 'all', ids }] })))
      assertFinds(history, 'wrong search')
    }
    const right = goodHistory().build(
      at('ben', () => ({ searches: [{ word: 'all', ids: ['a1'] }] })),
    )
    assert.deepEqual(checkHistory(right), [])
  })

  test('unread messages after reading all are found', () => {
    assertFinds(goodHistory().build(at('ben', () => ({ unread: [0, 2] }))), 'wrong unread count')
  })

  test('a device accused of forks or bad entries, and entries that wait for ever, are found', () => {
    assertFinds(withInspection({ forks: 1 }), 'honest device accused')
    assertFinds(withInspection({ rejected: 1 }), 'honest device accused')
    assertFinds(withInspection({ pending: 1 }), 'did not converge')
  })
})

describe('writes', () => {
  test('an acknowledged message that is nowhere is lost', () => {
    const history = goodHistory()
    history.messages.splice(1, 1)
    assertFinds(history.build(), 'lost write')
  })

  test('an acknowledged edit, deletion or reaction that is nowhere is lost', () => {
    const withoutEdit = goodHistory()
    withoutEdit.change('a1', { text: 'a1 hello', versions: ['a1 hello'] })
    assertFinds(withoutEdit.build(), 'lost write')
    const withoutDeletion = goodHistory()
    withoutDeletion.change('b2', {
      text: 'b2 is anyone there',
      versions: ['b2 is anyone there'],
      deleted: false,
    })
    assertFinds(withoutDeletion.build(), 'lost write')
    const withoutReaction = goodHistory()
    withoutReaction.change('a1', { reactions: [] })
    assertFinds(withoutReaction.build(), 'wrong state')
  })

  test('an earlier edit or switch that wins over a later one is found', () => {
    const history = new HistoryBuilder()
    history.send('anna', 'a1 hello')
    history.add('anna', { kind: 'edit', message: 'a1', text: 'e1' })
    history.add('anna', { kind: 'edit', message: 'a1', text: 'e2' })
    history.change('a1', { text: 'e1', versions: ['a1 hello', 'e2', 'e1'] })
    assertFinds(history.build(), 'wrong state')
    const switched = new HistoryBuilder()
    switched.send('anna', 'a1 hello')
    switched.add('ben', { kind: 'react', message: 'a1', emoji: '👍', on: true })
    switched.add('ben', { kind: 'react', message: 'a1', emoji: '👍', on: false })
    switched.change('a1', { reactions: [{ emoji: '👍', people: [BEN] }] })
    assertFinds(switched.build(), 'wrong state')
  })

  test('an unheard edit cannot win over one made after its process had ended', () => {
    const history = new HistoryBuilder()
    history.send('anna', 'a1 hello')
    history.add('anna', { kind: 'edit', message: 'a1', text: 'e1' }, { outcome: 'info' })
    history.ends.push({ host: 'anna', atMs: history.nowMs })
    history.add('anna', { kind: 'edit', message: 'a1', text: 'e2' })
    history.change('a1', { text: 'e1', versions: ['a1 hello', 'e2', 'e1'] })
    assertFinds(history.build(), 'wrong state')
  })

  test('a write that is there twice, altered, cut short or under another name is found', () => {
    const twice = goodHistory()
    twice.final('anna', 'a9', 'a1 hello')
    assertFinds(twice.build(), 'double write')
    const cut = goodHistory()
    cut.change('b1', { text: 'b1 good', versions: ['b1 good'] })
    assertFinds(cut.build(), 'altered write')
    const renamed = goodHistory()
    renamed.change('b1', { author: ANNA })
    assertFinds(renamed.build(), 'altered write')
    const otherwise = goodHistory()
    otherwise.change('b1', { replyTo: 'a9' })
    assertFinds(otherwise.build(), 'altered write')
  })

  test('a refused write that was done all the same is found', () => {
    const history = goodHistory()
    history.final('anna', 'a3', 'a3 never sent')
    assertFinds(history.build(), 'refused write done')
  })

  test('what nobody wrote, edited, deleted or reacted is a phantom', () => {
    const message = goodHistory()
    message.final('anna', 'x1', 'x1 from nowhere')
    assertFinds(message.build(), 'phantom')
    const edit = goodHistory()
    edit.change('b1', { text: 'x', versions: ['b1 good evening', 'x'] })
    assertFinds(edit.build(), 'phantom')
    const deletion = goodHistory()
    deletion.change('b1', { text: '', versions: [], deleted: true })
    assertFinds(deletion.build(), 'phantom')
    const reaction = goodHistory()
    reaction.change('b1', { reactions: [{ emoji: '🎉', people: [ANNA] }] })
    assertFinds(reaction.build(), 'phantom')
  })

  test('a deleted message that still says something is found', () => {
    const history = goodHistory()
    history.change('b2', { versions: ['b2 is anyone there'] })
    assertFinds(history.build(), 'wrong state')
  })

  test('an edit or a deletion of what one may not change is found', () => {
    const edited = goodHistory()
    edited.add('ben', { kind: 'edit', message: 'a1', text: 'e9' })
    edited.change('a1', { text: 'e9', versions: ['a1 hello', 'e1 hello all', 'e9'] })
    assertFinds(edited.build(), 'wrong state')
    const deleted = goodHistory()
    deleted.add('ben', { kind: 'delete', message: 'a1' })
    deleted.change('a1', { text: '', versions: [], deleted: true, reactions: [] })
    assertFinds(deleted.build(), 'wrong state')
  })
})

describe('causality and sessions', () => {
  test('own messages out of their order are found', () => {
    const history = new HistoryBuilder()
    history.send('anna', 'a1 one')
    history.send('anna', 'a2 two')
    history.messages.reverse()
    assertFinds(history.build(), 'order against causality')
  })

  test('a message that stands before one its author had read is found', () => {
    const history = new HistoryBuilder()
    history.send('anna', 'a1 one')
    history.read('ben', ['a1'])
    history.send('ben', 'b1 two')
    history.messages.reverse()
    assertFinds(history.build(), 'order against causality')
  })

  test('a reply before its message, or to one that is not there, is found', () => {
    const history = new HistoryBuilder()
    history.send('anna', 'a1 one')
    history.send('ben', 'b1 two', 'a1')
    history.messages.reverse()
    assertFinds(history.build(), 'reply before its message')
    history.messages.splice(1)
    assertFinds(history.build(), 'reply before its message')
  })

  test('a read without what its messages depend on is found, at any distance', () => {
    const history = new HistoryBuilder()
    history.send('anna', 'a1 one')
    history.read('ben', ['a1'])
    history.send('ben', 'b1 two')
    history.send('ben', 'b2 three')
    const good = history.read('anna', ['a1', 'b1', 'b2'])
    assert.deepEqual(checkHistory(history.build()), [])
    const { messages } = good.page!
    const page = { messages: [messages[0]!, messages[2]!], hasOlder: false, hasNewer: false }
    history.operations[history.operations.indexOf(good)] = { ...good, page }
    assertFinds(history.build(), 'causal gap in a read')
  })

  test('a third host that shows an answer without its question is found', () => {
    const history = new HistoryBuilder()
    history.send('anna', 'a1 question')
    history.read('ben', ['a1'])
    history.send('ben', 'b1 answer')
    history.letIn('carl', 'writer')
    history.read('carl', ['b1'])
    assertFinds(history.build(), 'causal gap in a read')
  })

  test('a message that was seen and is missing from a later read, or at the end, is found', () => {
    const history = goodHistory()
    history.read('ben', ['b1', 'b2', 'a2'])
    assertFinds(history.build(), 'causal gap in a read')
    const lost = goodHistory()
    lost.messages.pop()
    assertFinds(lost.build(), 'seen, then lost')
  })

  test('an own write that is not read is found', () => {
    const history = goodHistory()
    history.read('ben', ['a1', 'a2'])
    assertFinds(history.build(), 'own write not read')
  })

  test('an own reaction or edit that is not read is found', () => {
    const history = goodHistory()
    history.read('ben', ['a1'], { reactions: [] })
    assertFinds(history.build(), 'own write not read')
    const edited = goodHistory()
    edited.read('anna', ['a1', 'b1', 'b2', 'a2'], { text: 'a1 hello' })
    assertFinds(edited.build(), 'went backwards')
  })

  test('an edit, a deletion or a reaction that was seen and is undone is found', () => {
    const edited = goodHistory()
    edited.read('ben', ['a1', 'b1', 'b2', 'a2'])
    const before = seen(edited.messages[0]!)
    const page = { messages: [{ ...before, text: 'a1 hello' }], hasOlder: true, hasNewer: true }
    edited.add('ben', { kind: 'read', room: ROOM, query: '', page })
    assertFinds(edited.build(), 'went backwards')
    const deleted = new HistoryBuilder()
    deleted.send('anna', 'a1 one')
    deleted.add('ben', { kind: 'delete', message: 'a1' }, { outcome: 'info' })
    deleted.read('ben', ['a1'], { text: '', deleted: true })
    deleted.read('ben', ['a1'])
    assertFinds(deleted.build(), 'went backwards')
    const reacted = goodHistory()
    const unreacted = {
      messages: [{ ...seen(reacted.messages[0]!), reactions: [] }],
      hasOlder: true,
      hasNewer: true,
    }
    reacted.add('anna', { kind: 'read', room: ROOM, query: '', page: unreacted })
    assertFinds(reacted.build(), 'went backwards')
  })

  test('a page that is not in the order of the end is found', () => {
    const history = goodHistory()
    history.read('ben', ['b1', 'a1', 'b2', 'a2'])
    assertFinds(history.build(), 'read out of order')
  })

  test('a text or a deletion shown before anybody asked for it is a phantom', () => {
    const history = new HistoryBuilder()
    history.send('anna', 'a1 one')
    history.read('ben', ['a1'], { text: 'e1' })
    history.add('anna', { kind: 'edit', message: 'a1', text: 'e1' })
    history.change('a1', { text: 'e1', versions: ['a1 one', 'e1'] })
    assertFinds(history.build(), 'phantom')
    const deleted = new HistoryBuilder()
    deleted.send('anna', 'a1 one')
    deleted.read('ben', ['a1'], { text: '', deleted: true })
    assertFinds(deleted.build(), 'phantom')
  })
})

describe('independence', () => {
  test('nothing of the black box imports code of Hamlet', () => {
    const folder = new URL('./', import.meta.url)
    for (const name of [...readdirSync(folder), '../_programs.ts']) {
      const imports = readFileSync(new URL(name, folder), 'utf8').matchAll(
        /^(?:import|export|\}).* from '([^']+)'/gm,
      )
      // The other says which file of Hamlet to start, and imports nothing of it either.
      const allowed = /^(node:|\.\/|\.\.\/_programs\.ts$)/
      for (const [, module] of imports) assert.match(module!, allowed, name)
    }
  })
})
