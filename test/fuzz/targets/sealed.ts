/** Targets of sealed blobs: nothing opens that nobody sealed. */

import { openBytes, openRange, plainSize, sealBytes, sealedSize } from '@hamlet/blobs'
import { concatBytes, equalBytes, utf8 } from '@hamlet/core'
import { judgeRejecting, judgeThrowing, require, requireSameBytes } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { crypto, filled } from '../_material.ts'

const SOURCE = 'packages/data/blobs/src/cipher/sealed-blob.ts'
const key = filled(7)
const seeds = ['', 'a', 'a text of some length'].map((text) => sealBytes(crypto, key, utf8(text)))

const blobs: FuzzTarget = {
  name: 'sealed/blob',
  decoders: [`${SOURCE}#openBytes`],
  form: 'bytes',
  seeds,
  run: (input) =>
    judgeThrowing(
      () => openBytes(crypto, key, input),
      /^BLOB_SEAL_BROKEN$/,
      (plain) => {
        require(seeds.some((seed) => equalBytes(seed, input)), 'opened what nobody sealed')
        require(sealedSize(plain.length) === input.length, 'another size')
        requireSameBytes(sealBytes(crypto, key, plain), input, 'sealed again')
      },
    ),
}

const ranges: FuzzTarget = {
  name: 'sealed/range',
  decoders: [`${SOURCE}#openRange`],
  form: 'bytes',
  seeds,
  run(input) {
    const plainBytes = plainSize(input.length)
    if (plainBytes === undefined) return 'refused'
    const range = { offset: 0, length: plainBytes }
    return judgeRejecting(
      async () => {
        const parts: Uint8Array[] = []
        for await (const part of openRange(crypto, key, plainBytes, range, (at, count) =>
          input.subarray(at, at + count),
        )) {
          parts.push(part)
        }
        return concatBytes(...parts)
      },
      /^BLOB_SEAL_BROKEN$/,
      (plain) => requireSameBytes(plain, openBytes(crypto, key, input), 'opened whole'),
    )
  },
}

export const targets: readonly FuzzTarget[] = [blobs, ranges]
