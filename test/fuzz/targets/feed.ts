/** Targets of feeds: their blocks, and what is sealed in them. */

import { concatBytes, equalBytes, hexToBytes } from '@hamlet/core'
import { FeedCipher, decodeFeedBlock, encodePlainBlock, logIdOf } from '@hamlet/log'
import type { FeedBlock } from '@hamlet/log'
import { judgeDecoder, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { crypto, filled, golden } from '../_material.ts'

const SOURCE = 'packages/data/log/src/feed'
const stored = JSON.parse(golden('data/log/test/golden/feed-v1.json')) as {
  readonly plain: readonly string[]
  readonly encrypted: readonly string[]
}
const logId = logIdOf(crypto, crypto.signer(filled(7)).publicKey, filled(9))
const cipher = new FeedCipher(crypto, logId, filled(5))
const sealed = stored.encrypted.map(hexToBytes)

/** The block again; whatever is sealed in it opens only when it is ours and in its place. */
function encodeAgain(block: FeedBlock, input: Uint8Array): Uint8Array {
  if (!block.isEncrypted) return encodePlainBlock(block.offset, block.body)
  for (const index of sealed.keys()) {
    const payload = cipher.open(index, block)
    const isOurs = equalBytes(input, sealed[index]!)
    require((payload !== undefined) === isOurs, 'a payload that nobody sealed there')
    require(payload === undefined || payload.length === block.bytes, 'another length than said')
  }
  const start = encodePlainBlock(block.offset, new Uint8Array())
  start[0] = 2
  return concatBytes(start, block.body)
}

const blocks: FuzzTarget = {
  name: 'feed/block',
  decoders: [`${SOURCE}/feed-block.ts#decodeFeedBlock`, `${SOURCE}/feed-block.ts#open`],
  form: 'bytes',
  seeds: [...stored.plain, ...stored.encrypted].map(hexToBytes),
  run: (input) =>
    judgeDecoder(input, decodeFeedBlock, {
      codes: /^FEED_MALFORMED$/,
      encode: (block) => encodeAgain(block, input),
    }),
}

export const targets: readonly FuzzTarget[] = [blocks]
