/** Goal: a row is a map sorted by number. Method: the same acts on a Map. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ItemRow } from '../src/item-row.ts'

interface Item {
  readonly seq: number
}

const seq = fc.nat({ max: 60 })
const act = fc.oneof(
  fc.record({ put: fc.uniqueArray(seq, { minLength: 1, maxLength: 30 }) }),
  fc.record({ delete: seq }),
  fc.record({ clear: fc.tuple(seq, seq) }),
  fc.constant({ compact: true }),
)

function itemsOf(row: ItemRow<Item>): readonly Item[] {
  const items: Item[] = []
  row.forEach((item) => items.push(item))
  return items
}

test('a row holds in order what was put and not deleted', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40, size: 'max' }), (acts) => {
      const row = new ItemRow<Item>()
      const model = new Map<number, Item>()
      for (const each of acts) {
        if ('put' in each) {
          const fresh = each.put.filter((number) => !model.has(number)).sort((a, b) => a - b)
          const items = fresh.map((number): Item => ({ seq: number }))
          row.putAll(items)
          for (const item of items) model.set(item.seq, item)
        } else if ('delete' in each) {
          assert.equal(row.delete(each.delete), model.get(each.delete))
          model.delete(each.delete)
        } else if ('clear' in each) {
          const [from, to] = each.clear
          row.forRange(from, to, (item) => {
            assert.ok(item.seq >= from && item.seq < to)
            row.delete(item.seq)
          })
          for (const number of model.keys()) {
            if (number >= from && number < to) model.delete(number)
          }
        } else row.compact()
        assert.equal(row.size, model.size)
        assert.deepEqual(
          itemsOf(row),
          [...model.values()].sort((a, b) => a.seq - b.seq),
        )
        for (let number = 0; number <= 60; number++) {
          assert.equal(row.get(number), model.get(number))
        }
      }
    }),
  )
})

test('holes are closed once they are more than half', () => {
  const row = new ItemRow<Item>()
  row.putAll(Array.from({ length: 100 }, (_, i) => ({ seq: i })))
  row.forRange(0, 90, ({ seq: number }) => void row.delete(number))
  row.compact()
  assert.deepEqual(
    itemsOf(row).map(({ seq: number }) => number),
    [90, 91, 92, 93, 94, 95, 96, 97, 98, 99],
  )
})
