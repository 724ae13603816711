/** Targets of linking a device and of recovery: codes, frames, messages inside and outside of Noise, tickets. */

import { base64UrlToBytes, bytesToBase64Url, concatBytes, equalBytes, utf8 } from '@hamlet/core'
import {
  claimDevice,
  encodeDeviceCertificate,
  NOISE_XX_PSK3,
  NoiseHandshake,
  openDeviceClaim,
} from '@hamlet/identity'
import {
  bytesToText,
  judgeCopyingDecoder,
  judgeDecoder,
  require,
  requireSameBytes,
  requireTyped,
} from '@hamlet/testkit/fuzz'
import type { Decoded, FuzzTarget } from '@hamlet/testkit/fuzz'
import {
  encodeLinkFrame,
  LinkFrameReader,
} from '../../../packages/base/identity/src/linking/frame.ts'
import {
  decodeLinkCode,
  encodeLinkCode,
} from '../../../packages/base/identity/src/linking/link-code.ts'
import {
  decodeCommitment,
  decodeIntroduction,
  decodeLinkFrame,
  decodeLinkMessage,
  encodeCommitment,
  encodeIntroduction,
  encodeLinkMessage,
  encodeNoiseFrame,
  encodeRefusal,
} from '../../../packages/base/identity/src/linking/link-message.ts'
import type { LinkMessage } from '../../../packages/base/identity/src/linking/link-message.ts'
import {
  decodeTicket,
  encodeTicket,
} from '../../../packages/base/identity/src/linking/meeting-ticket.ts'
import {
  decodeBackup,
  encodeBackup,
  openBackup,
} from '../../../packages/base/identity/src/linking/profile-backup.ts'
import {
  decodeRecoverMessage,
  encodeRecoverMessage,
} from '../../../packages/base/identity/src/linking/recover-message.ts'
import type { RecoverMessage } from '../../../packages/base/identity/src/linking/recover-message.ts'
import { crypto, filled, filledId, fixedRandom, identity, NOW_MS, texts } from '../_material.ts'

const SOURCE = 'packages/base/identity/src'
const CBOR_CODES = /^CBOR_/
const SCHEME = 'hamlet:link#'

const code = encodeLinkCode({
  secret: filled(1),
  device: identity.device,
  expiresAtMs: NOW_MS,
  hints: ['/ip4/9.9.9.9/tcp/4001'],
})

const codeTexts: FuzzTarget = {
  name: 'linking/code-text',
  decoders: [`${SOURCE}/linking/link-code.ts#decodeLinkCode`],
  form: 'text',
  seeds: texts(code, ` https://h.example/#link=${code.slice(SCHEME.length)}\n`),
  words: texts(SCHEME, '#link=', '#', ' '),
  bytesMax: 6000,
  run(input) {
    const text = bytesToText(input)
    const decoded = decodeLinkCode(text)
    if (!decoded.ok) {
      requireTyped(decoded.error, /^LINK_/)
      return 'refused'
    }
    const again = encodeLinkCode(decoded.value).slice(SCHEME.length)
    require(text.trimEnd().endsWith(again), 'another code')
    return 'accepted'
  },
}

/** An input is what stands behind the `#`, before base64url. */
const codes: FuzzTarget = {
  name: 'linking/code',
  decoders: [`${SOURCE}/linking/link-code.ts#decodeLinkCode`],
  form: 'cbor',
  seeds: [base64UrlToBytes(code.slice(SCHEME.length))!],
  run: (input) =>
    judgeCopyingDecoder(input, (bytes) => decodeLinkCode(SCHEME + bytesToBase64Url(bytes)), {
      codes: /^LINK_/,
      encode: (value) => base64UrlToBytes(encodeLinkCode(value).slice(SCHEME.length))!,
    }),
}

const ticket = {
  space: filledId(1),
  founder: identity.device,
  name: 'Home',
  secrets: [filled(2), filled(3)],
  hints: ['/ip4/9.9.9.9/tcp/4001/p2p/a'],
}
const bareTicket = { ...ticket, founder: undefined, name: '', secrets: [], hints: [] }

const tickets: FuzzTarget = {
  name: 'linking/ticket',
  decoders: [
    `${SOURCE}/linking/meeting-ticket.ts#decodeTicket`,
    `${SOURCE}/linking/meeting-ticket.ts#readTicket`,
  ],
  form: 'cbor',
  seeds: [encodeTicket(ticket), encodeTicket(bareTicket)],
  run: (input) =>
    judgeCopyingDecoder(input, decodeTicket, { codes: CBOR_CODES, encode: encodeTicket }),
}

const claim = claimDevice(identity.deviceSigner, {
  person: identity.person,
  prekey: identity.certificate.prekey,
  prekeySerial: 1,
  label: 'Phone',
  createdAtMs: NOW_MS,
})
const MESSAGES: readonly LinkMessage[] = [
  { kind: 'reveal', nonce: filled(1, 32), person: identity.person, personName: 'Ada' },
  { kind: 'confirm' },
  { kind: 'claim', claim: filled(2, 40) },
  {
    kind: 'grant',
    certificate: encodeDeviceCertificate(identity.certificate),
    recoveryPublic: filled(3),
    ticketCount: 2,
  },
  { kind: 'grant', certificate: filled(4, 9), recoveryPublic: undefined, ticketCount: 0 },
  { kind: 'ticket', ticket },
  { kind: 'done' },
]

const messages: FuzzTarget = {
  name: 'linking/message',
  decoders: [`${SOURCE}/linking/link-message.ts#decodeLinkMessage`],
  form: 'cbor',
  seeds: MESSAGES.map(encodeLinkMessage),
  run: (input) =>
    judgeCopyingDecoder(input, decodeLinkMessage, { codes: CBOR_CODES, encode: encodeLinkMessage }),
}

const commitments: FuzzTarget = {
  name: 'linking/commitment',
  decoders: [`${SOURCE}/linking/link-message.ts#decodeCommitment`],
  form: 'cbor',
  seeds: [encodeCommitment({ commitment: filled(5) })],
  run: (input) =>
    judgeCopyingDecoder(input, decodeCommitment, { codes: CBOR_CODES, encode: encodeCommitment }),
}

const introductions: FuzzTarget = {
  name: 'linking/introduction',
  decoders: [`${SOURCE}/linking/link-message.ts#decodeIntroduction`],
  form: 'cbor',
  seeds: [encodeIntroduction({ nonce: filled(6, 32), label: 'Phone' })],
  run: (input) =>
    judgeCopyingDecoder(input, decodeIntroduction, {
      codes: CBOR_CODES,
      encode: encodeIntroduction,
    }),
}

const frames: FuzzTarget = {
  name: 'linking/frame',
  decoders: [`${SOURCE}/linking/link-message.ts#decodeLinkFrame`],
  form: 'bytes',
  seeds: [encodeNoiseFrame(filled(7, 50)), encodeRefusal('LINK_REFUSED')],
  run: (input) =>
    judgeCopyingDecoder(
      input,
      (bytes) => {
        const value = decodeLinkFrame(bytes)
        return value === undefined ? undefined : { ok: true, value }
      },
      {
        encode: (frame) =>
          frame.kind === 'noise' ? encodeNoiseFrame(frame.message) : encodeRefusal(frame.code),
      },
    ),
}

/** The first byte says in pieces of what size the rest arrives. */
const streams: FuzzTarget = {
  name: 'linking/stream',
  decoders: [`${SOURCE}/linking/frame.ts#push`],
  form: 'bytes',
  seeds: [
    concatBytes(Uint8Array.of(7), encodeLinkFrame(utf8('hello')), encodeLinkFrame(filled(1, 300))),
  ],
  run(input) {
    const stream = input.subarray(1)
    const pieceBytes = Math.max(1, input[0] ?? 1)
    const reader = new LinkFrameReader()
    const read: Uint8Array[] = []
    for (let at = 0; at < stream.length; at += pieceBytes) {
      read.push(...reader.push(stream.slice(at, at + pieceBytes)))
    }
    const again = concatBytes(
      ...read.flatMap((message) => [
        Uint8Array.of(message.length >> 8, message.length & 0xff),
        message,
      ]),
    )
    requireSameBytes(again, stream.subarray(0, again.length), 'the frames again')
    return read.length > 0 ? 'accepted' : 'refused'
  },
}

const RECOVER: readonly RecoverMessage[] = [
  { kind: 'hello', nonce: filled(1) },
  { kind: 'ask', tag: filled(2) },
  { kind: 'known', tag: filled(3) },
  { kind: 'unknown' },
  { kind: 'proof', certificate: filled(4, 50), signature: filled(5, 64) },
  { kind: 'ticket', enc: filled(6), ciphertext: filled(7, 60) },
  { kind: 'end', ticketCount: 3 },
]

const recovery: FuzzTarget = {
  name: 'linking/recover-message',
  decoders: [`${SOURCE}/linking/recover-message.ts#decodeRecoverMessage`],
  form: 'cbor',
  seeds: RECOVER.map(encodeRecoverMessage),
  run: (input) =>
    judgeCopyingDecoder(input, decodeRecoverMessage, {
      codes: CBOR_CODES,
      encode: encodeRecoverMessage,
    }),
}

const claimBytes = claimOf(encodeDeviceCertificate({ ...claim, personSignature: filled(0, 64) }))

/** A claim is a certificate without the person's signature, the last but one of its fields. */
function claimOf(certificate: Uint8Array): Uint8Array {
  const bytes = concatBytes(certificate.slice(0, -132), certificate.slice(-66))
  bytes[0] = 0x88
  return bytes
}

const claims: FuzzTarget = {
  name: 'linking/claim',
  decoders: [`${SOURCE}/device-certificate.ts#openDeviceClaim`],
  form: 'cbor',
  seeds: [claimBytes],
  smokeInputs: 500,
  run: (input) =>
    judgeDecoder(input, (bytes) => openDeviceClaim(crypto, bytes), {
      codes: /^CERTIFICATE_/,
      encode(opened) {
        require(equalBytes(input, claimBytes), 'opens what no device claimed')
        return claimOf(encodeDeviceCertificate({ ...opened, personSignature: filled(0, 64) }))
      },
    }),
}

const PSK = filled(9)

function handshake(role: 'initiator' | 'responder'): NoiseHandshake {
  return new NoiseHandshake(crypto, fixedRandom(role === 'initiator' ? 21 : 22), {
    pattern: NOISE_XX_PSK3,
    role,
    prologue: utf8('fuzz'),
    staticPrivate: filled(role === 'initiator' ? 23 : 24),
    presharedKeys: [PSK],
  })
}

const firstMessage = handshake('initiator').write(utf8('one'))
const secondMessage = respond(firstMessage).message

function respond(message: Uint8Array): { readonly message: Uint8Array; readonly ok: boolean } {
  const responder = handshake('responder')
  const read = responder.read(message)
  if (!read.ok) {
    requireTyped(read.error, /^NOISE_/)
    return { message: new Uint8Array(0), ok: false }
  }
  return { message: responder.write(utf8('two')), ok: true }
}

/** An input is what the other side says first, or what it answers. */
const noise: FuzzTarget = {
  name: 'linking/noise',
  decoders: [`${SOURCE}/noise-handshake.ts#read`],
  form: 'bytes',
  seeds: [firstMessage, secondMessage],
  smokeInputs: 200,
  run(input) {
    const isFirstTaken = respond(input).ok
    const initiator = handshake('initiator')
    initiator.write(utf8('one'))
    const answer: Decoded<Uint8Array> = initiator.read(input)
    const isSecond = equalBytes(input, secondMessage)
    require(answer.ok === isSecond, isSecond ? 'our answer is refused' : 'an answer nobody gave')
    if (!answer.ok) requireTyped(answer.error, /^NOISE_/)
    return isFirstTaken || answer.ok ? 'accepted' : 'refused'
  },
}

const PLACE = { space: filledId(1), name: 'Home', hints: ['/ip4/9.9.9.9/tcp/4001/p2p/x'] }

const backups: FuzzTarget = {
  name: 'linking/backup',
  decoders: [
    `${SOURCE}/linking/profile-backup.ts#decodeBackup`,
    `${SOURCE}/linking/profile-backup.ts#openBackup`,
  ],
  form: 'cbor',
  seeds: [encodeBackup([]), encodeBackup([PLACE])],
  smokeInputs: 500,
  run(input) {
    const opened = openBackup(crypto, filled(2), PLACE.space, { enc: filled(1), ciphertext: input })
    require(opened === undefined, 'opens what nobody sealed')
    const verdict = judgeDecoder(input, decodeBackup, { codes: CBOR_CODES })
    const decoded = decodeBackup(input)
    if (!decoded.ok) return verdict
    const again = decodeBackup(encodeBackup(decoded.value))
    require(again.ok && again.value.length === decoded.value.length, 'other places')
    return verdict
  },
}

export const targets: readonly FuzzTarget[] = [
  codeTexts,
  codes,
  tickets,
  messages,
  commitments,
  introductions,
  frames,
  streams,
  recovery,
  claims,
  noise,
  backups,
]
