import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex } from '@hamlet/core'
import fc from 'fast-check'
import { DeltaBuffer, GSet, OrSet, copyState, logDot } from '../src/index.ts'

function buffered(count: number, deltasMax?: number): { set: GSet; buffer: DeltaBuffer<GSet> } {
  const set = new GSet()
  const buffer = new DeltaBuffer(GSet, deltasMax)
  buffer.acknowledge('ben', 0)
  for (let i = 0; i < count; i++) buffer.push(set.add(`element ${i}`))
  return { set, buffer }
}

test('a neighbour gets in one group what it has not acknowledged', () => {
  const { buffer } = buffered(5)
  buffer.acknowledge('ben', 3)
  const parcel = buffer.parcelFor('ben')
  assert.ok(parcel.kind === 'group')
  assert.deepEqual([...parcel.delta.values()], ['element 3', 'element 4'])
  buffer.acknowledge('ben', parcel.upTo)
  assert.equal(buffer.parcelFor('ben').kind, 'nothing')
})

test('a stranger gets the whole state, and so does who was away for too long', () => {
  const { buffer } = buffered(5, 3)
  assert.deepEqual(buffer.parcelFor('cleo'), { kind: 'state', upTo: 5 })
  assert.deepEqual(buffer.parcelFor('ben'), { kind: 'state', upTo: 5 })
  assert.equal(buffer.size, 3)
})

test('what all have is forgotten, and a late acknowledgement takes nothing back', () => {
  const { buffer } = buffered(5)
  buffer.acknowledge('cleo', 5)
  buffer.acknowledge('ben', 4)
  assert.equal(buffer.size, 1)
  buffer.acknowledge('ben', 2)
  assert.equal(buffer.parcelFor('ben').kind, 'group')
  buffer.forget('ben')
  buffer.acknowledge('cleo', 5)
  assert.equal(buffer.size, 0)
})

/** Three in a row, of which the outer two never meet; parcels are lost, repeated and late. */
test('replicas end up equal over a network that loses and repeats', () => {
  const steps = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 5 }), fc.nat({ max: 3 })), {
    maxLength: 80,
    size: 'max',
  })
  fc.assert(
    fc.property(steps, (script) => {
      const peers = ['a', 'b', 'c'].map((name) => {
        return { name, set: new OrSet(), buffer: new DeltaBuffer(OrSet, 4), seq: 0 }
      })
      type Peer = (typeof peers)[number]
      const send = (from: Peer, to: Peer, isLost: boolean, isUnacknowledged: boolean): void => {
        const parcel = from.buffer.parcelFor(to.name)
        if (parcel.kind === 'nothing' || isLost) return
        const delta = parcel.kind === 'group' ? parcel.delta : copyState(OrSet, from.set)
        if (to.set.merge(delta)) to.buffer.push(delta)
        if (!isUnacknowledged) from.buffer.acknowledge(to.name, parcel.upTo)
      }
      const neighbours = [[1], [0, 2], [1]]
      for (const [who, what, element] of script) {
        const peer = peers[who]!
        if (what < 2) {
          peer.buffer.push(peer.set.add(`e${element}`, logDot(peer.name, peer.seq++)))
        } else if (what === 2) peer.buffer.push(peer.set.remove(`e${element}`))
        else for (const to of neighbours[who]!) send(peer, peers[to]!, what === 3, what === 4)
      }
      for (let round = 0; round < 3; round++) {
        peers.forEach((peer, who) => {
          for (const to of neighbours[who]!) send(peer, peers[to]!, false, false)
        })
      }
      const [a, b, c] = peers.map(({ set }) => bytesToHex(set.encode()))
      assert.ok(a === b && b === c)
    }),
  )
})
