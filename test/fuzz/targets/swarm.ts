/** Targets of swarms: the messages. */

import { decodeSwarmMessage, encodeSwarmMessage } from '@hamlet/blobs'
import { hexToBytes } from '@hamlet/core'
import { judgeDecoder } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { golden } from '../_material.ts'

const SOURCE = 'packages/data/blobs/src/swarm'
const stored = JSON.parse(golden('data/blobs/test/golden/swarm-messages-v1.json')) as {
  readonly messages: Readonly<Record<string, string>>
}

const messages: FuzzTarget = {
  name: 'swarm/message',
  decoders: [`${SOURCE}/swarm-message.ts#decodeSwarmMessage`],
  form: 'bytes',
  seeds: Object.values(stored.messages).map(hexToBytes),
  run: (input) =>
    judgeDecoder(input, decodeSwarmMessage, {
      codes: /^SWARM_MALFORMED$/,
      encode: encodeSwarmMessage,
    }),
}

export const targets: readonly FuzzTarget[] = [messages]
