/** Targets of `crdt`: stored forms of clocks, registers, sets and maps. */

import { decodeCbor, encodeCbor } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import {
  bytesToHybridTime,
  decodeClock,
  decodeMv,
  encodeClock,
  encodeMv,
  hybridTimeToBytes,
  isHybridTime,
  LwwMap,
  OrSet,
} from '@hamlet/crdt'
import { judgeDecoder, require, requireSameBytes } from '@hamlet/testkit/fuzz'
import type { Decoded, FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { cbors } from '../_material.ts'

const SOURCE = 'packages/data/crdt/src'

/** Decodes CBOR, then the value in it; both must give the input back. */
function judgeStored<T>(
  input: Uint8Array,
  decode: (value: CborValue) => Decoded<T>,
  encode: (value: T) => CborValue,
): FuzzVerdict {
  return judgeDecoder(
    input,
    (bytes): Decoded<T> => {
      const decoded = decodeCbor(bytes)
      return decoded.ok ? decode(decoded.value) : decoded
    },
    { codes: /^CBOR_/, encode: (value) => encodeCbor(encode(value)) },
  )
}

const clock: FuzzTarget = {
  name: 'crdt/clock',
  decoders: [`${SOURCE}/vector-clock.ts#decodeClock`, `${SOURCE}/vector-clock.ts#readClock`],
  form: 'cbor',
  seeds: cbors(
    [],
    [['a', 1]],
    [
      ['a', 1],
      ['b', 2 ** 53 - 1],
      ['bé', 7],
    ],
  ),
  run: (input) => judgeStored(input, decodeClock, encodeClock),
}

const register: FuzzTarget = {
  name: 'crdt/mv-register',
  decoders: [`${SOURCE}/mv-register.ts#decodeMv`],
  form: 'cbor',
  seeds: cbors(
    [],
    [['x', [['a', 1]], 'one']],
    [
      [
        'x',
        [
          ['a', 2],
          ['b', 1],
        ],
        'one',
      ],
      [
        'y',
        [
          ['a', 1],
          ['b', 2],
        ],
        [null],
      ],
    ],
  ),
  run: (input) => judgeStored(input, decodeMv, encodeMv),
}

const set: FuzzTarget = {
  name: 'crdt/or-set',
  decoders: [`${SOURCE}/or-set.ts#decode`],
  form: 'cbor',
  seeds: cbors(
    [],
    [
      ['apple', [['a', 3, true, 0]]],
      [
        'pear',
        [
          ['a', null, false, 4],
          ['b', 0, false, 1],
        ],
      ],
    ],
  ),
  run: (input) =>
    judgeStored(
      input,
      (value) => OrSet.decode(value),
      (decoded) => {
        require([...decoded.values()].length === decoded.size, 'a set that miscounts itself')
        return decoded.encode()
      },
    ),
}

const map: FuzzTarget = {
  name: 'crdt/lww-map',
  decoders: [`${SOURCE}/lww-map.ts#decode`],
  form: 'cbor',
  seeds: cbors(
    [],
    [
      ['k', 1_700_000_000_000, 5, 'id', ['value']],
      ['l', 0, 0, '', null],
      ['m', 1, 2, 'i', [null]],
    ],
  ),
  run: (input) =>
    judgeStored(
      input,
      (value) => LwwMap.decode(value),
      (decoded) => {
        require([...decoded.entries()].length === decoded.size, 'a map that miscounts itself')
        return decoded.encode()
      },
    ),
}

const time: FuzzTarget = {
  name: 'crdt/hybrid-time',
  decoders: [`${SOURCE}/hybrid-time.ts#bytesToHybridTime`],
  form: 'bytes',
  seeds: [hybridTimeToBytes({ milliseconds: 1_700_000_000_000, counter: 5 })],
  run(input) {
    if (input.length < 8) return 'refused'
    const offset = input[0]! % (input.length - 7)
    const read = bytesToHybridTime(input, offset)
    require(isHybridTime(read), 'no hybrid time')
    requireSameBytes(hybridTimeToBytes(read), input.slice(offset, offset + 8), 'packed again')
    return 'accepted'
  },
}

export const targets: readonly FuzzTarget[] = [clock, register, set, map, time]
