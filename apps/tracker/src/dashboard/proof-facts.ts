/**
 * What a stored proof of fraud shows, in figures, so that the page can say it in words. The proof was verified before it was
 * stored; here it is only read.
 */

import { decodeFraudProof } from '@hamlet/files/credits'
import type { FraudProof, SignedReceipt } from '@hamlet/files/credits'

export interface ProofFacts {
  /** `number`: one number twice. `less`: a later total that is not more. `past`: two pasts. */
  readonly shows: 'number' | 'less' | 'past' | 'self-dealing' | 'over-rate'
  readonly payer: string
  readonly payee: string
  /** Numbers of the receipts: the same twice, or the earlier and the later; of one receipt alone its own twice. */
  readonly seqs: readonly [number, number]
  /** What they say was received in all. */
  readonly totals: readonly [number, number]
  /** The time the later one is for. */
  readonly windowMs: number
}

/** `undefined` for a proof that this version cannot read. */
export function proofFacts(bytes: Uint8Array): ProofFacts | undefined {
  const decoded = decodeFraudProof(bytes)
  return decoded.ok ? factsOf(decoded.value) : undefined
}

function factsOf(proof: FraudProof): ProofFacts {
  if (proof.kind === 'self-dealing') return between('self-dealing', proof.receipt, proof.receipt)
  if (proof.kind === 'over-rate') {
    const before = proof.before ?? { ...proof.receipt, totalBytes: 0 }
    return between('over-rate', before, proof.receipt)
  }
  const { first, second } = proof
  if (first.seq === second.seq) return between('number', first, second)
  return between(second.totalBytes <= first.totalBytes ? 'less' : 'past', first, second)
}

function between(
  shows: ProofFacts['shows'],
  first: SignedReceipt,
  second: SignedReceipt,
): ProofFacts {
  return {
    shows,
    payer: second.payer,
    payee: second.payee,
    seqs: [first.seq, second.seq],
    totals: [first.totalBytes, second.totalBytes],
    windowMs: second.windowEndMs - second.windowStartMs,
  }
}
