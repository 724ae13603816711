import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, hexToBytes, utf8 } from '@hamlet/core'
import { chooseSlot, preferredSlot, rendezvousTopic, sealingKey } from '@hamlet/network'
import { slotSigner, utcDay } from '@hamlet/network'
import { crypto, random } from './_util.ts'

test('a topic is the HMAC of the domain and the day, as the format says', () => {
  const secret = new Uint8Array(32).fill(7)
  const day = hexToBytes('0000000000005056')
  const expected = crypto.hmac(secret, utf8('hamlet/v1/rendezvous\0'), day)
  assert.deepEqual(rendezvousTopic(crypto, secret, 0x5056), expected)
  assert.equal(utcDay(Date.UTC(2026, 10, 20, 23, 59)) + 1, utcDay(Date.UTC(2026, 10, 21)))
})

test('the names of two days, two slots and two secrets have nothing in common', () => {
  const names = new Set<string>()
  for (const secret of [random.bytes(32), random.bytes(32)]) {
    for (const day of [20_000, 20_001]) {
      const topic = rendezvousTopic(crypto, secret, day)
      names.add(bytesToHex(topic)).add(bytesToHex(sealingKey(crypto, topic)))
      for (let slot = 0; slot < 8; slot++) {
        names.add(bytesToHex(slotSigner(crypto, topic, slot).publicKey))
      }
    }
  }
  assert.equal(names.size, 4 * 10)
})

test('a device keeps its slot, takes a free one, and only then its preferred one', () => {
  const free: (string | undefined)[] = Array.from({ length: 8 }, () => undefined)
  assert.equal(chooseSlot(free, 'me', 5), 5)
  assert.equal(chooseSlot(free.with(2, 'me'), 'me', 5), 2)
  assert.equal(chooseSlot(free.with(5, 'x').with(6, 'y'), 'me', 5), 7)
  assert.equal(
    chooseSlot(
      free.map(() => 'x'),
      'me',
      5,
    ),
    5,
  )
  const slot = preferredSlot(crypto, random.bytes(32), random.bytes(32))
  assert.ok(slot >= 0 && slot < 8)
})
