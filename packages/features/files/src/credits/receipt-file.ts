/**
 * Receipts as a file that anybody verifies without Hamlet's network: JSON with each receipt twice, as fields to read and as
 * the bytes that were signed, and the certificates of the devices. `hamlet receipts export` writes it.
 *
 * Verification believes the bytes alone: it opens each, compares the fields with what the bytes say, checks that devices
 * are certified for the persons named, and sums up what each person gave and got.
 */

import { base64ToBytes, bytesToBase64, bytesToHex, decodeUtf8, err } from '@hamlet/core'
import type { Crypto, DeviceId, PersonId, Result } from '@hamlet/core'
import { encodeDeviceCertificate, openDeviceCertificate } from '@hamlet/identity'
import type { DeviceCertificate } from '@hamlet/identity'
import { sumCredits } from './credits.ts'
import type { CreditSheet } from './credits.ts'
import { CreditError } from './errors.ts'
import { EXPORT_BYTES_MAX, EXPORT_RECEIPTS_MAX } from './limits.ts'
import { encodeReceipt, openReceipt, receiptId } from './receipt.ts'
import type { Receipt } from './receipt.ts'

const FORMAT = 'hamlet-receipts'
const VERSION = 1

interface ExportedReceipt {
  readonly id: string
  readonly group: string | null
  readonly swarm: string
  readonly payer: string
  readonly payerPerson: string
  readonly payee: string
  readonly payeePerson: string
  readonly seq: number
  readonly totalBytes: number
  readonly pieceCount: number
  readonly piecesDigest: string
  readonly previous: string | null
  readonly windowStartMs: number
  readonly windowEndMs: number
  /** The receipt with both signatures, base64. */
  readonly bytes: string
}

export interface VerifiedExport {
  readonly receipts: readonly Receipt[]
  /** What receipts come to, of devices whose certificates are in the file. */
  readonly sheet: CreditSheet
  /** Receipts of devices that no certificate in the file speaks for; not in the sums. */
  readonly uncertified: readonly Receipt[]
}

/** In a fixed order, with an end of line. */
export function exportReceipts(
  crypto: Crypto,
  receipts: Iterable<Receipt>,
  certificates: Iterable<DeviceCertificate>,
): string {
  const exported = [...receipts].map((receipt) => toJson(crypto, receipt))
  exported.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
  const devices = [...certificates].map(encodeDeviceCertificate).map(bytesToBase64).sort()
  const file = { format: FORMAT, version: VERSION, certificates: devices, receipts: exported }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** Refuses the whole file when anything in it is not what its bytes say. */
export function verifyReceiptExport(
  crypto: Crypto,
  bytes: Uint8Array,
): Result<VerifiedExport, CreditError> {
  const read = readFile(bytes)
  if (typeof read === 'string') return malformed(read)
  const people = new Map<DeviceId, PersonId>()
  for (const text of read.certificates) {
    const certificate = typeof text === 'string' ? base64ToBytes(text) : undefined
    const opened = certificate && openDeviceCertificate(crypto, certificate)
    if (opened?.ok !== true) return malformed('a certificate that is not valid')
    people.set(opened.value.device, opened.value.person)
  }
  const receipts: Receipt[] = []
  for (const json of read.receipts) {
    const receipt = openExported(crypto, json)
    if (receipt instanceof CreditError) return err(receipt)
    receipts.push(receipt)
  }
  const isCertified = ({ payer, payerPerson, payee, payeePerson }: Receipt) =>
    people.get(payer) === payerPerson && people.get(payee) === payeePerson
  const sheet = sumCredits(crypto, { receipts, transfers: [] }, (device) => people.get(device))
  const uncertified = receipts.filter((receipt) => !isCertified(receipt))
  return { ok: true, value: { receipts, sheet, uncertified } }
}

function openExported(crypto: Crypto, json: unknown): Receipt | CreditError {
  const text = isRecord(json) ? json['bytes'] : undefined
  const bytes = typeof text === 'string' ? base64ToBytes(text) : undefined
  if (bytes === undefined) return new CreditError('CREDIT_MALFORMED', 'a receipt without bytes')
  const opened = openReceipt(crypto, bytes)
  if (!opened.ok) return opened.error
  const says: Readonly<Record<string, unknown>> = { ...toJson(crypto, opened.value) }
  const isSame = Object.keys(says).every((key) => (json as typeof says)[key] === says[key])
  const isAll = Object.keys(json as object).length === Object.keys(says).length
  if (isSame && isAll) return opened.value
  return new CreditError('CREDIT_MALFORMED', 'a receipt whose fields are not what was signed')
}

interface ExportFile {
  readonly certificates: readonly unknown[]
  readonly receipts: readonly unknown[]
}

/** Or why not. */
function readFile(bytes: Uint8Array): ExportFile | string {
  if (bytes.length > EXPORT_BYTES_MAX) return 'the file is too large'
  const text = decodeUtf8(bytes)
  if (text === undefined) return 'the file is not UTF-8'
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch {
    return 'the file is not JSON'
  }
  if (!isRecord(file) || file['format'] !== FORMAT) return `expected a file of ${FORMAT}`
  if (file['version'] !== VERSION) return `expected version ${VERSION}`
  const { certificates, receipts } = file
  if (!Array.isArray(certificates) || !Array.isArray(receipts)) return 'expected two lists'
  if (Math.max(certificates.length, receipts.length) > EXPORT_RECEIPTS_MAX)
    return 'too many receipts'
  return { certificates, receipts }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(message: string): Result<never, CreditError> {
  return err(new CreditError('CREDIT_MALFORMED', `receipt file: ${message}`))
}

function orderOf({ payer, payee, seq, id }: ExportedReceipt): string {
  return `${payer}/${payee}/${seq.toString(16).padStart(14, '0')}/${id}`
}

function toJson(crypto: Crypto, receipt: Receipt): ExportedReceipt {
  return {
    id: receiptId(crypto, receipt),
    group: receipt.group ?? null,
    swarm: receipt.swarm,
    payer: receipt.payer,
    payerPerson: receipt.payerPerson,
    payee: receipt.payee,
    payeePerson: receipt.payeePerson,
    seq: receipt.seq,
    totalBytes: receipt.totalBytes,
    pieceCount: receipt.pieceCount,
    piecesDigest: bytesToHex(receipt.piecesDigest),
    previous: receipt.previous ?? null,
    windowStartMs: receipt.windowStartMs,
    windowEndMs: receipt.windowEndMs,
    bytes: bytesToBase64(encodeReceipt(receipt)),
  }
}
