/** Targets of `core`: CBOR, fields, texts of bytes, ids and names. */

import {
  base64ToBytes,
  base64UrlToBytes,
  bytesToBase64,
  bytesToBase64Url,
  bytesToHex,
  bytesToId,
  bytesToUint64,
  CborLink,
  checkName,
  decodeCbor,
  decodeFields,
  decodeUtf8,
  encodeCbor,
  hexToBytes,
  idToBytes,
  isId,
  NAME_BYTES_MAX,
  normalizeName,
  parseId,
  readFields,
  uint64ToBytes,
  utf8,
} from '@hamlet/core'
import type { CborLimits, CborValue, FieldReader, Result } from '@hamlet/core'
import {
  bytesToText,
  judgeCopyingDecoder,
  judgeDecoder,
  require,
  requireSameBytes,
  requireTyped,
} from '@hamlet/testkit/fuzz'
import type { FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { cbors, filled, texts } from '../_material.ts'

const SOURCE = 'packages/base/core/src'
const CBOR_CODES = /^CBOR_/

const cbor: FuzzTarget = {
  name: 'core/cbor',
  decoders: [`${SOURCE}/cbor.ts#decodeCbor`],
  form: 'cbor',
  seeds: cbors(
    ['hamlet', 2, Uint8Array.of(1, 255), null],
    new Map<string, CborValue>([
      ['a', 1],
      ['b', [true, false, null, -1, 2 ** 40, -(2 ** 40)]],
      ['cc', new Map([['__proto__', 0.5]])],
    ]),
    [2n ** 64n - 1n, -(2n ** 64n), 1.5, new CborLink(filled(1, 36)), 'é😀', '', new Uint8Array(0)],
    [[[[[[[[1]]]]]]], new Map(), []],
    Array.from({ length: 40 }, (_, i) => i * 37),
  ),
  run(input) {
    const verdict = judgeCopyingDecoder(input, (bytes) => decodeCbor(bytes), {
      codes: CBOR_CODES,
      encode: encodeCbor,
    })
    judgeLimits(input, verdict)
    return verdict
  },
}

const TIGHT: CborLimits = { bytesMax: 64, depthMax: 3, itemsMax: 12, stringBytesMax: 16 }

/** What tighter limits take is the same value; what has no limit to break is taken by both. */
function judgeLimits(input: Uint8Array, verdict: FuzzVerdict): void {
  const tight = decodeCbor(input, TIGHT)
  if (tight.ok) {
    require(verdict === 'accepted', 'taken under tight limits only')
    requireSameBytes(encodeCbor(tight.value), input, 'encoded again after tight limits')
  } else {
    requireTyped(tight.error, CBOR_CODES)
  }
}

interface Everything {
  readonly value: readonly CborValue[]
}

/** Reads one field of each kind, and gives back what it read as it was. */
function readEverything(fields: FieldReader): Everything {
  const value: CborValue[] = []
  value.push(fields.literal(1), fields.uint(1000), fields.int(-5, 5), fields.boolean())
  value.push(fields.bytes(4), fields.bytesUpTo(8, 2), idToBytes(fields.id()), fields.text(10, 1))
  value.push(fields.oneOf(['a', 'b', 7]), fields.optional(() => fields.text(5)) ?? null)
  value.push(fields.tuple((inner) => [inner.uint(), inner.value()]))
  value.push(fields.list(3, (items) => items.tuple((pair) => [pair.uint(), pair.text(9)]), 1))
  return { value }
}

const fields: FuzzTarget = {
  name: 'core/fields',
  decoders: [`${SOURCE}/field-reader.ts#decodeFields`, `${SOURCE}/field-reader.ts#readFields`],
  form: 'cbor',
  seeds: cbors(
    [
      1,
      5,
      -5,
      true,
      filled(1, 4),
      filled(2, 3),
      filled(3),
      'text',
      'a',
      null,
      [1, null],
      [[1, 'x']],
    ],
    [
      1,
      0,
      5,
      false,
      filled(0, 4),
      filled(2, 8),
      filled(3),
      'é',
      7,
      'five',
      [2 ** 40, []],
      [
        [0, ''],
        [1, 'a'],
        [2, 'b'],
      ],
    ],
  ),
  run(input) {
    const verdict = judgeDecoder(input, (bytes) => decodeFields(bytes, 'all', readEverything), {
      codes: CBOR_CODES,
      encode: ({ value }) => encodeCbor(value),
    })
    const decoded = decodeCbor(input)
    if (!decoded.ok) return verdict
    const read: Result<Everything, unknown> = readFields(decoded.value, 'all', readEverything)
    require(read.ok === (verdict === 'accepted'), 'the two readers disagree')
    return verdict
  },
}

const base64: FuzzTarget = {
  name: 'core/base64',
  decoders: [`${SOURCE}/base64.ts#base64ToBytes`, `${SOURCE}/base64.ts#base64UrlToBytes`],
  form: 'text',
  seeds: texts('', 'AA==', 'AAE=', 'AAEC', '_-8', 'aGFtbGV0', bytesToBase64(filled(0xfb, 50))),
  words: texts('=', '==', '-', '_', '+', '/', '\n'),
  run(input) {
    const text = bytesToText(input)
    const bytes = base64ToBytes(text)
    const bytesOfUrl = base64UrlToBytes(text)
    if (bytes !== undefined) require(bytesToBase64(bytes) === text, 'a second spelling of base64')
    if (bytesOfUrl !== undefined) {
      require(bytesToBase64Url(bytesOfUrl) === text, 'a second spelling of base64url')
    }
    return bytes === undefined && bytesOfUrl === undefined ? 'refused' : 'accepted'
  },
}

const ids: FuzzTarget = {
  name: 'core/ids',
  decoders: [
    `${SOURCE}/ids.ts#parseId`,
    `${SOURCE}/ids.ts#bytesToId`,
    `${SOURCE}/bytes.ts#hexToBytes`,
    `${SOURCE}/bytes.ts#bytesToUint64`,
    `${SOURCE}/bytes.ts#decodeUtf8`,
  ],
  form: 'text',
  seeds: texts(bytesToHex(filled(0xab)), '0123456789abcdef'.repeat(4)),
  words: texts('A', 'g', ' ', 'İ', '０'),
  run(input) {
    const text = decodeUtf8(input)
    if (text !== undefined) requireSameBytes(utf8(text), input, 'UTF-8 again')
    if (input.length >= 8) {
      const number = bytesToUint64(input)
      const head = input.subarray(0, 8)
      if (number !== undefined) requireSameBytes(uint64ToBytes(number), head, 'the number again')
    }
    if (input.length === 32) {
      requireSameBytes(idToBytes(bytesToId(input)), input, 'the id again')
    }
    const given = bytesToText(input)
    const id = parseId(given)
    require((id !== undefined) === isId(given), 'isId and parseId disagree')
    if (id === undefined) return 'refused'
    require(bytesToHex(hexToBytes(id)) === given, 'a second spelling of an id')
    return 'accepted'
  },
}

const names: FuzzTarget = {
  name: 'core/names',
  decoders: [`${SOURCE}/text.ts#checkName`, `${SOURCE}/text.ts#normalizeName`],
  form: 'text',
  seeds: texts('Ada', 'Zoë', '家族', '👨‍👩‍👧 Home', "O'Brien <b>", 'x'.repeat(200)),
  run(input) {
    const text = bytesToText(input)
    const checked = checkName(text)
    const tidied = normalizeName(text)
    require(normalizeName(tidied) === tidied, 'a name tidied twice differs')
    if (!checked.ok) {
      requireTyped(checked.error, /^NAME_/)
      return 'refused'
    }
    require(checked.value === text && tidied === text, 'another name than the one given')
    require(utf8(text).length <= NAME_BYTES_MAX, 'a name beyond its limit')
    require(!/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u.test(text), 'a name that lies')
    return 'accepted'
  },
}

export const targets: readonly FuzzTarget[] = [cbor, fields, base64, ids, names]
