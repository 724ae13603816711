/** Targets of `files/credits`: receipts and what stands beside them. */

import { bytesToId, equalBytes } from '@hamlet/core'
import type { DeviceId, PersonId, Result } from '@hamlet/core'
import {
  bytesToDigest,
  decodeClaim,
  decodeReceipt,
  encodeClaim,
  encodeReceipt,
  openReceipt,
  PayeeAccount,
  PayerAccount,
  verifyPayee,
  verifyPayer,
  verifyReceipt,
} from '@hamlet/files/credits'
import type { SwarmId } from '@hamlet/files/credits'
import { judgeCopyingDecoder, require, requireTyped } from '@hamlet/testkit/fuzz'
import type { FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { crypto, filled, goldenHex, identity, NOW_MS } from '../_material.ts'

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

export const targets: readonly FuzzTarget[] = [receipt, claim, account]
