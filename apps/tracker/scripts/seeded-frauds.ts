/** Frauds for a filled database, with real proofs: every hundredth peer has a key and signs what nobody honest signs. */

import { bytesToId, hexToBytes } from '@hamlet/core'
import type { DeviceId, PersonId, Signer } from '@hamlet/core'
import {
  conflictProof,
  countersignReceipt,
  encodeFraudProof,
  openFraudProof,
  receiptId,
  signReceipt,
} from '@hamlet/files/credits'
import type { FraudProof, Receipt, ReceiptFacts } from '@hamlet/files/credits'
import { createNodeCrypto } from '@hamlet/identity/node'

import type { FraudTable, PeerTable } from '../src/data/schema.ts'

const SIGNERS_EVERY = 100
const HOUR_MS = 3_600_000
const crypto = createNodeCrypto()

/** The key of a peer, of those that have one. */
export function signerOf(
  index: number,
): { readonly signer: Signer; readonly id: DeviceId } | undefined {
  if (index % SIGNERS_EVERY !== 3) return undefined
  const seed = new Uint8Array(32).fill(index / SIGNERS_EVERY)
  seed[0] = index & 0xff
  const signer = crypto.signer(seed)
  return { signer, id: bytesToId<DeviceId>(signer.publicKey) }
}

/** One or more for each peer with a key, oldest first; counts them at the peers. */
export function makeFrauds(
  peers: readonly { id: string; person: string | null; fraud_count: number }[],
  nowMs: number,
): readonly FraudTable[] {
  const frauds: Omit<FraudTable, 'number' | 'found_at_ms'>[] = []
  for (const [index, peer] of peers.entries()) {
    const own = signerOf(index)
    const other = peers[index + 1]
    if (own === undefined || other === undefined) continue
    for (const [turn, proof] of proofsOf(own.signer, own.id, peer, nowMs).entries()) {
      const bytes = encodeFraudProof(proof)
      const opened = openFraudProof(crypto, bytes)
      if (!opened.ok) throw opened.error
      peer.fraud_count += 1
      frauds.push({
        id: opened.value.id,
        kind: proof.kind,
        accused: peer.id,
        accused_person: peer.person,
        proof: bytes,
        reporter: turn === 0 ? null : other.id,
      })
    }
  }
  return frauds.map((fraud, index) => ({
    ...fraud,
    number: index + 1,
    found_at_ms: nowMs - (frauds.length - index) * 3 * HOUR_MS,
  }))
}

function proofsOf(
  payer: Signer,
  payerId: DeviceId,
  { person }: Pick<PeerTable, 'person'>,
  nowMs: number,
): readonly FraudProof[] {
  const payee = crypto.signer(new Uint8Array(32).fill(200))
  const base: ReceiptFacts = {
    group: undefined,
    payer: payerId,
    payee: bytesToId<DeviceId>(payee.publicKey),
    payerPerson: bytesToId<PersonId>(hexToBytes(person ?? '')),
    payeePerson: bytesToId<PersonId>(new Uint8Array(32).fill(171)),
    swarm: 'cd'.repeat(32) as ReceiptFacts['swarm'],
    seq: 1,
    totalBytes: 12_000_000,
    pieceCount: 46,
    piecesDigest: new Uint8Array(32),
    previous: undefined,
    windowStartMs: nowMs - 30 * HOUR_MS,
    windowEndMs: nowMs - 29 * HOUR_MS,
  }
  const sign = (more: Partial<ReceiptFacts>): Receipt =>
    countersignReceipt(payee, signReceipt(payer, { ...base, ...more }))
  const first = sign({})
  const twice = sign({ totalBytes: 940_000_000 })
  const less = sign({ seq: 4, totalBytes: 8_000_000, previous: receiptId(crypto, twice) })
  const past = sign({ seq: 2, totalBytes: 950_000_000, previous: receiptId(crypto, twice) })
  const fast = sign({ totalBytes: 9e12, windowEndMs: base.windowStartMs + 20_000 })
  return [
    conflictProof(crypto, first, twice),
    conflictProof(crypto, first, less),
    conflictProof(crypto, first, past),
    { kind: 'over-rate', before: undefined, receipt: fast },
  ]
}
