/** Targets of what speaks of forks of a log: proofs, points, truncations, and the file that keeps these. */

import { equalBytes, hexToBytes } from '@hamlet/core'
import {
  decodeForkPoint,
  decodeForkProof,
  decodeTruncation,
  decodeTruncationFork,
  encodeForkPoint,
  encodeForkProof,
  encodeTruncation,
  encodeTruncationFork,
  logIdOf,
  signHead,
  verifyForkPoint,
  verifyForkProof,
  verifyTruncation,
  verifyTruncationFork,
} from '@hamlet/log'
import type { Truncation } from '@hamlet/log'
import { judgeCopyingDecoder, judgeDecoder, require } from '@hamlet/testkit/fuzz'
import type { Decoded, FuzzTarget } from '@hamlet/testkit/fuzz'
import { decodeForks, encodeForks } from '../../../packages/data/log/src/forks-file.ts'
import type { Forks } from '../../../packages/data/log/src/forks-file.ts'
import { crypto, filled, golden } from '../_material.ts'

const SOURCE = 'packages/data/log/src'
const LOG_CODES = /^LOG_/

const signer = crypto.signer(filled(7))
const namespace = filled(9)
const logId = logIdOf(crypto, signer.publicKey, namespace)
const head = signHead(signer, logId, 5, filled(3))
const longer = signHead(signer, logId, 9, filled(4))
const extension = [filled(1), filled(2)]

const { publicKey } = signer
const fork = { publicKey, namespace, a: head, b: longer, rootAtA: filled(8), proof: extension }
const shortFork = { ...fork, b: { ...head, root: filled(6) }, proof: [] }

const forks: FuzzTarget = {
  name: 'forks/fork-proof',
  decoders: [`${SOURCE}/fork-proof.ts#decodeForkProof`, `${SOURCE}/fork-proof.ts#verifyForkProof`],
  form: 'bytes',
  seeds: [encodeForkProof(fork), encodeForkProof(shortFork), encodeForkProof({ ...fork, fork: 2 })],
  smokeInputs: 500,
  run: (input) =>
    judgeCopyingDecoder(input, decodeForkProof, {
      codes: LOG_CODES,
      encode(value) {
        require(!verifyForkProof(crypto, value), 'proof of a fork that is none')
        return encodeForkProof(value)
      },
    }),
}

const side = { head, leaf: filled(3), proof: extension }
const point = { publicKey, namespace, index: 3, a: side, b: { ...side, leaf: filled(4) } }
const firstPoint = { ...point, index: 0, a: { ...side, proof: [] } }

const forkPoints: FuzzTarget = {
  name: 'forks/fork-point',
  decoders: [`${SOURCE}/fork-point.ts#decodeForkPoint`, `${SOURCE}/fork-point.ts#verifyForkPoint`],
  form: 'bytes',
  seeds: [encodeForkPoint(point), encodeForkPoint(firstPoint)],
  smokeInputs: 500,
  run: (input) =>
    judgeCopyingDecoder(input, decodeForkPoint, {
      codes: LOG_CODES,
      encode(value) {
        require(!verifyForkPoint(crypto, value), 'proof of a fork that is none')
        return encodeForkPoint(value)
      },
    }),
}

const truncated = JSON.parse(golden('data/log/test/golden/log-truncated-v1.json')) as {
  readonly truncation: string
}
const truncation = decodeSeed(hexToBytes(truncated.truncation))

function decodeSeed(bytes: Uint8Array): Truncation {
  const decoded = decodeTruncation(bytes)
  require(decoded.ok, 'the golden truncation is none')
  return decoded.value
}

const truncations: FuzzTarget = {
  name: 'forks/truncation',
  decoders: [
    `${SOURCE}/truncation.ts#decodeTruncation`,
    `${SOURCE}/truncation.ts#verifyTruncation`,
  ],
  form: 'bytes',
  seeds: [hexToBytes(truncated.truncation)],
  smokeInputs: 500,
  run: (input) =>
    judgeCopyingDecoder(input, decodeTruncation, {
      codes: LOG_CODES,
      encode(value) {
        const isOurs = equalBytes(input, encodeTruncation(truncation))
        require(verifyTruncation(crypto, value) === isOurs, 'a truncation that nobody signed')
        return encodeTruncation(value)
      },
    }),
}

const otherKept = { ...truncation.kept, length: 2 }
const truncationFork = { a: truncation, b: { ...truncation, kept: otherKept } }

const truncationForks: FuzzTarget = {
  name: 'forks/truncation-fork',
  decoders: [
    `${SOURCE}/truncation-fork.ts#decodeTruncationFork`,
    `${SOURCE}/truncation-fork.ts#verifyTruncationFork`,
  ],
  form: 'bytes',
  seeds: [encodeTruncationFork(truncationFork)],
  smokeInputs: 500,
  run: (input) =>
    judgeCopyingDecoder(input, decodeTruncationFork, {
      codes: LOG_CODES,
      encode(value) {
        require(!verifyTruncationFork(crypto, value), 'proof of a fork that is none')
        return encodeTruncationFork(value)
      },
    }),
}

const forksFiles: FuzzTarget = {
  name: 'forks/forks-file',
  decoders: [`${SOURCE}/forks-file.ts#decodeForks`],
  form: 'bytes',
  seeds: [
    encodeForks(logId, { truncations: [truncation], cutTo: undefined }),
    encodeForks(logId, { truncations: [truncation, { ...truncation, fork: 2 }], cutTo: 3 }),
    encodeForks(logId, { truncations: [], cutTo: undefined }),
  ],
  run: (input) =>
    judgeDecoder(input, (bytes) => orUndefined(logId, bytes), {
      encode: (value) => encodeForks(logId, value),
    }),
}

function orUndefined(...input: Parameters<typeof decodeForks>): Decoded<Forks> {
  const value = decodeForks(...input)
  return value === undefined ? undefined : { ok: true, value }
}

export const targets: readonly FuzzTarget[] = [
  forks,
  forkPoints,
  truncations,
  truncationForks,
  forksFiles,
]
