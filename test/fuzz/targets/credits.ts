/** Targets of `files/credits`: receipts and what stands beside them. */

import { bytesToId, decodeCbor, encodeCbor, equalBytes } from '@hamlet/core'
import type { CborValue, DeviceId, PersonId, Result } from '@hamlet/core'
import {
  bytesToDigest,
  creditDraft,
  decodeClaim,
  decodeCredit,
  decodeFraudProof,
  decodeFutureRefusal,
  decodeReceipt,
  decodeTransfer,
  encodeClaim,
  encodeFraudProof,
  encodeFutureRefusal,
  encodeReceipt,
  encodeTransfer,
  exportReceipts,
  openFraudProof,
  openReceipt,
  openTransfer,
  PayeeAccount,
  PayerAccount,
  verifyPayee,
  verifyPayer,
  verifyReceipt,
  verifyReceiptExport,
  verifyTransfer,
} from '@hamlet/files/credits'
import type { Receipt, SwarmId } from '@hamlet/files/credits'
import {
  judgeCopyingDecoder,
  judgeDecoder,
  require,
  requireSameBytes,
  requireTyped,
} from '@hamlet/testkit/fuzz'
import type { FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { crypto, filled, goldenHex, identity, NOW_MS, texts } from '../_material.ts'

const SOURCE = 'packages/features/files/src/credits'
const GOLDEN = 'features/files/test/credits/golden'
const CODES = /^CREDIT_/

/** Nothing but what was signed opens. */
function judgeSigned<T>(
  input: Uint8Array,
  seeds: readonly Uint8Array[],
  codec: {
    decode(bytes: Uint8Array): Result<T, unknown>
    open(bytes: Uint8Array): Result<unknown, unknown>
    encode(value: T): Uint8Array
  },
): FuzzVerdict {
  const { decode, open, encode } = codec
  const verdict = judgeCopyingDecoder(input, decode, { codes: CODES, encode })
  if (verdict === 'refused') return verdict
  const isSeed = seeds.some((seed) => equalBytes(seed, input))
  const opened = open(input)
  require(opened.ok === isSeed, isSeed ? 'a seed does not open' : 'opens what nobody signed')
  if (!opened.ok) requireTyped(opened.error, CODES)
  return verdict
}

const receiptSeeds = [goldenHex(`${GOLDEN}/receipt-v1.hex`)]

const receipt: FuzzTarget = {
  name: 'credits/receipt',
  decoders: [
    `${SOURCE}/receipt.ts#decodeReceipt`,
    `${SOURCE}/receipt.ts#openReceipt`,
    `${SOURCE}/receipt.ts#readReceipt`,
    `${SOURCE}/receipt-ids.ts#readDigest`,
    `${SOURCE}/receipt.ts#verifyPayee`,
    `${SOURCE}/receipt.ts#verifyPayer`,
    `${SOURCE}/receipt.ts#verifyReceipt`,
  ],
  form: 'cbor',
  seeds: receiptSeeds,
  smokeInputs: 1000,
  run: (input) =>
    judgeSigned(input, receiptSeeds, {
      decode: decodeReceipt,
      encode: encodeReceipt,
      open(bytes) {
        const opened = openReceipt(crypto, bytes)
        if (opened.ok) {
          require(verifyReceipt(crypto, opened.value), 'opened and not verified')
          require(verifyPayer(crypto, opened.value), 'opened without its payer')
          require(verifyPayee(crypto, opened.value), 'opened without its payee')
        }
        return opened
      },
    }),
}

const payeeSigner = crypto.signer(filled(0x77))
const payer = { device: identity.device, person: identity.person }
const payee = {
  device: bytesToId<DeviceId>(payeeSigner.publicKey),
  person: bytesToId<PersonId>(crypto.signer(filled(0x78)).publicKey),
}
const people = new Map([payer, payee].map(({ device, person }) => [device, person]))
const setup = { crypto, signer: identity.deviceSigner, group: undefined, payer, payee }
const payeeSetup = {
  ...setup,
  signer: payeeSigner,
  personOf: (device: DeviceId) => people.get(device),
}
const film = { swarm: bytesToDigest<SwarmId>(filled(0x79)), sizeBytes: 2 ** 24 }

/** Accounts and the claim between them: fresh, with an answered receipt, with two more that wait. */
function makeStates() {
  const ours = new PayerAccount(setup)
  const theirs = new PayeeAccount(payeeSetup)
  const states = [ours.encode()]
  ours.received(film, [0, 1, 2], NOW_MS)
  ours.sign(NOW_MS)
  const first = ours.claim()!
  const verdict = theirs.accept(first, NOW_MS, () => film.sizeBytes)
  if (verdict.ok) ours.answered(encodeReceipt(verdict.receipt))
  ours.received(film, [3, 4], NOW_MS)
  ours.sign(NOW_MS)
  ours.received(film, [5, 5], NOW_MS)
  ours.sign(NOW_MS)
  ours.received(film, [7], NOW_MS)
  states.push(ours.encode())
  return { states, claims: [first, ours.claim()!], payeeStates: [theirs.encode()] }
}

const made = makeStates()

const claim: FuzzTarget = {
  name: 'credits/claim',
  decoders: [
    `${SOURCE}/claim.ts#decodeClaim`,
    `${SOURCE}/claim.ts#readClaimed`,
    `${SOURCE}/claim.ts#readCountersigned`,
    `${SOURCE}/claim.ts#readPieces`,
  ],
  form: 'cbor',
  seeds: made.claims,
  smokeInputs: 500,
  run(input) {
    const verdict = judgeCopyingDecoder(input, decodeClaim, { codes: CODES, encode: encodeClaim })
    const account = new PayeeAccount(payeeSetup)
    const accepted = account.accept(input, NOW_MS, () => film.sizeBytes)
    const isSeed = made.claims.some((seed) => equalBytes(seed, input))
    require(accepted.ok === isSeed, isSeed ? 'a seed is refused' : 'agrees to what nobody signed')
    return verdict
  },
}

const account: FuzzTarget = {
  name: 'credits/account',
  decoders: [`${SOURCE}/payer-account.ts#restore`, `${SOURCE}/payee-account.ts#restore`],
  form: 'cbor',
  seeds: [...made.states, ...made.payeeStates],
  smokeInputs: 500,
  run(input) {
    const ours = judgeCopyingDecoder(input, (bytes) => PayerAccount.restore(setup, bytes), {
      codes: CODES,
      encode: (restored) => restored.encode(),
    })
    const theirs = judgeCopyingDecoder(input, (bytes) => PayeeAccount.restore(payeeSetup, bytes), {
      codes: CODES,
      encode: (restored) => restored.encode(),
    })
    return ours === 'accepted' ? ours : theirs
  },
}

const transferSeeds = [goldenHex(`${GOLDEN}/transfer-v1.hex`)]

const transfer: FuzzTarget = {
  name: 'credits/transfer',
  decoders: [
    `${SOURCE}/transfer.ts#decodeTransfer`,
    `${SOURCE}/transfer.ts#openTransfer`,
    `${SOURCE}/transfer.ts#verifyTransfer`,
  ],
  form: 'cbor',
  seeds: transferSeeds,
  smokeInputs: 1000,
  run: (input) =>
    judgeSigned(input, transferSeeds, {
      decode: decodeTransfer,
      encode: encodeTransfer,
      open(bytes) {
        const opened = openTransfer(crypto, bytes)
        if (opened.ok) require(verifyTransfer(crypto, opened.value), 'opened and not verified')
        return opened
      },
    }),
}

const proofSeeds = [goldenHex(`${GOLDEN}/fraud-conflict-v1.hex`)]

const fraudProof: FuzzTarget = {
  name: 'credits/fraud-proof',
  decoders: [
    `${SOURCE}/fraud-proof.ts#decodeFraudProof`,
    `${SOURCE}/fraud-proof.ts#openFraudProof`,
  ],
  form: 'cbor',
  seeds: proofSeeds,
  smokeInputs: 1000,
  run(input) {
    const codes = { codes: CODES, encode: encodeFraudProof }
    const verdict = judgeCopyingDecoder(input, decodeFraudProof, codes)
    const opened = openFraudProof(crypto, input)
    // Another signature of the payee proves the same of the payer, so only that somebody is named can be told.
    if (opened.ok) require(opened.value.devices.length > 0, 'a proof against nobody')
    else requireTyped(opened.error, CODES)
    return verdict
  },
}

const content: FuzzTarget = {
  name: 'credits/content',
  decoders: [`${SOURCE}/credit-content.ts#decodeCredit`],
  form: 'cbor',
  seeds: [
    encodeCbor(['files.receipt', [receiptSeeds[0]!]]),
    encodeCbor(['files.transfer', [transferSeeds[0]!]]),
    encodeCbor(['files.fraud', ['proof', proofSeeds[0]!]]),
    encodeCbor(['files.fraud', ['cleared', filled(1), 'a disk was put back']]),
  ],
  smokeInputs: 1000,
  run(input) {
    const entry = decodeCbor(input)
    if (!entry.ok || !Array.isArray(entry.value) || entry.value.length !== 2) return 'refused'
    const [type, value] = entry.value as readonly CborValue[]
    const decoded = typeof type === 'string' ? decodeCredit(type, value!) : undefined
    if (decoded === undefined) return 'refused'
    const draft = creditDraft(decoded)
    requireSameBytes(encodeCbor([draft.type, draft.value]), input, 'the entry again')
    return 'accepted'
  },
}

const exportText = exportReceipts(crypto, [openedReceipt()], [identity.certificate])

function openedReceipt(): Receipt {
  const opened = openReceipt(crypto, receiptSeeds[0]!)
  require(opened.ok, 'the golden receipt does not open')
  return (opened as { readonly value: Receipt }).value
}

const receiptExport: FuzzTarget = {
  name: 'credits/export',
  decoders: [`${SOURCE}/receipt-file.ts#verifyReceiptExport`],
  form: 'json',
  seeds: texts(exportText),
  words: texts('"seq": ', '__proto__', '"bytes": "', '1e3'),
  smokeInputs: 500,
  run: (input) =>
    judgeDecoder(input, (bytes) => verifyReceiptExport(crypto, bytes), { codes: CODES }),
}

const refusal: FuzzTarget = {
  name: 'credits/refusal',
  decoders: [`${SOURCE}/future-refusal.ts#decodeFutureRefusal`],
  form: 'cbor',
  seeds: [goldenHex(`${GOLDEN}/future-refusal-v1.hex`)],
  run: (input) =>
    judgeCopyingDecoder(input, decodeFutureRefusal, { codes: CODES, encode: encodeFutureRefusal }),
}

export const targets: readonly FuzzTarget[] = [
  receipt,
  claim,
  refusal,
  account,
  transfer,
  fraudProof,
  content,
  receiptExport,
]
