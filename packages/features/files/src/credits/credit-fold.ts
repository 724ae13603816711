/**
 * How one entry changes what a space knows of credits, for the view of the files of a space to include.
 *
 *     KEY                                          VALUE
 *     credit/receipt/<payer>/<payee>/<seq>         [receipt that counts of this sequence, other one or null]
 *     credit/latest/<payer>/<payee>                receipt of the greatest sequence
 *     credit/transfer/<id>                         transfer
 *     credit/conflict/<payer>/<payee>/<seq>        proof: the two receipts of this sequence
 *     credit/fraud/<id>                            proof that somebody wrote
 *     credit/cleared/<id>/<person>                 note of the admin who cleared it
 *
 * A pure function of the set of entries: of a sequence the two receipts that `compareReceipts` puts first are kept, of a pair
 * the latest; what is in one order is in any. A second receipt of a sequence, both signed by both, becomes a proof of
 * itself. Signatures are checked here; whose the devices are and who was a member, whoever asks (`CreditBook`).
 */

import { CLOCK_AHEAD_MS_MAX } from '@hamlet/core'
import type { CborValue, Crypto } from '@hamlet/core'
import type { ContentEntry } from '@hamlet/space'
import type { ViewState } from '@hamlet/space/view'
import { decodeCredit } from './credit-content.ts'
import type { CreditContent } from './credit-content.ts'
import { conflictProof, encodeFraudProof, openFraudProof } from './fraud-proof.ts'
import { compareReceipts } from './latest-receipts.ts'
import type { CountedReceipt } from './latest-receipts.ts'
import type { ProofId } from './receipt-ids.ts'
import { decodeReceipt, encodeReceipt, receiptId, verifyReceipt } from './receipt.ts'
import type { Receipt } from './receipt.ts'
import { encodeTransfer, transferId, verifyTransfer } from './transfer.ts'

export interface CreditChange {
  readonly kind: 'credits' | 'fraud'
}

type State = Pick<ViewState<CreditChange>, 'get' | 'put' | 'emit'>

export const LATEST_PREFIX = 'credit/latest/'
export const TRANSFER_PREFIX = 'credit/transfer/'
export const CONFLICT_PREFIX = 'credit/conflict/'
export const FRAUD_PREFIX = 'credit/fraud/'
export const CLEARED_PREFIX = 'credit/cleared/'

/** Keys that {@link foldCredit} will read for most entries. */
export function creditReads(entry: ContentEntry): readonly string[] {
  const content = decodeCredit(entry.type, entry.value)
  if (content?.kind !== 'receipt') return []
  return [sequenceKey(content.receipt), latestKey(content.receipt)]
}

/** `space`: its id; receipts and transfers of other groups are ignored. */
export function foldCredit(crypto: Crypto, space: string, entry: ContentEntry, state: State): void {
  const content = decodeCredit(entry.type, entry.value)
  if (content?.kind === 'receipt') return addReceipt(crypto, space, entry, content.receipt, state)
  if (content?.kind === 'transfer') return addTransfer(crypto, space, content.transfer, state)
  if (content?.kind === 'proof') return addProof(crypto, content.bytes, state)
  if (content?.kind === 'cleared') return clearProof(entry, content, state)
}

function addReceipt(
  crypto: Crypto,
  space: string,
  entry: ContentEntry,
  receipt: Receipt,
  state: State,
): void {
  if (receipt.group !== space || !verifyReceipt(crypto, receipt)) return
  // Everybody sees the same time of an entry, and it is never dated ahead: those wait until they are due.
  if (receipt.windowEndMs > entry.time.milliseconds + CLOCK_AHEAD_MS_MAX) return
  const added: CountedReceipt = { id: receiptId(crypto, receipt), receipt }
  const key = sequenceKey(receipt)
  const known = readCounted(crypto, state.get(key))
  if (known.some(({ id }) => id === added.id)) return
  const [first, second] = [...known, added].sort((a, b) => compareReceipts(b, a))
  state.put(
    key,
    [first, second].map((each) => (each ? encodeReceipt(each.receipt) : null)),
  )
  if (second !== undefined) {
    const proof = encodeFraudProof(conflictProof(crypto, first!.receipt, second.receipt))
    state.put(conflictKey(receipt), proof)
    state.emit({ kind: 'fraud' })
  }
  const latest = readCounted(crypto, [state.get(latestKey(receipt)) ?? null])[0]
  if (latest === undefined || compareReceipts(added, latest) > 0) {
    state.put(latestKey(receipt), encodeReceipt(receipt))
  }
  state.emit({ kind: 'credits' })
}

function addTransfer(
  crypto: Crypto,
  space: string,
  transfer: Extract<CreditContent, { kind: 'transfer' }>['transfer'],
  state: State,
): void {
  if (transfer.group !== space || !verifyTransfer(crypto, transfer)) return
  state.put(TRANSFER_PREFIX + transferId(crypto, transfer), encodeTransfer(transfer))
  state.emit({ kind: 'credits' })
}

function addProof(crypto: Crypto, bytes: Uint8Array, state: State): void {
  const opened = openFraudProof(crypto, bytes)
  if (!opened.ok) return
  state.put(FRAUD_PREFIX + opened.value.id, bytes)
  state.emit({ kind: 'fraud' })
}

/** Admins and the owner may say that there is an explanation, such as a disk that was put back. */
function clearProof(
  entry: ContentEntry,
  { proof, note }: { readonly proof: ProofId; readonly note: string },
  state: State,
): void {
  if (entry.role !== 'admin' && entry.role !== 'owner') return
  const key = `${CLEARED_PREFIX}${proof}/${entry.person}`
  const before = state.get(key)
  // Whichever word of one person is the greater stands, in any order.
  if (typeof before !== 'string' || before < note) state.put(key, note)
  state.emit({ kind: 'fraud' })
}

function sequenceKey(receipt: Receipt): string {
  return `credit/receipt/${sequencePath(receipt)}`
}

function conflictKey(receipt: Receipt): string {
  return CONFLICT_PREFIX + sequencePath(receipt)
}

function sequencePath({ payer, payee, seq }: Receipt): string {
  return `${payer}/${payee}/${seq.toString(16).padStart(14, '0')}`
}

function latestKey({ payer, payee }: Receipt): string {
  return `${LATEST_PREFIX}${payer}/${payee}`
}

function readCounted(crypto: Crypto, stored: CborValue | undefined): readonly CountedReceipt[] {
  if (!Array.isArray(stored)) return []
  return stored.flatMap((bytes) => {
    const decoded = bytes instanceof Uint8Array ? decodeReceipt(bytes) : undefined
    if (decoded?.ok !== true) return []
    const receipt = decoded.value as Receipt
    return [{ id: receiptId(crypto, receipt), receipt }]
  })
}
