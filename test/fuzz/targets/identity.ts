/** Targets of `identity`: certificates, prekeys, key files, recovery words, sealed secrets. */

import { base64ToBytes, concatBytes, decodeUtf8, equalBytes, utf8 } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import {
  certifyClient,
  createPrekey,
  decodeClientCertificate,
  decodeDeviceCertificate,
  decodeKeyFile,
  decodeSignedOperation,
  decodeSignedPrekey,
  encodeClientCertificate,
  encodeClientOperation,
  encodeDeviceCertificate,
  encodeKeyFile,
  encodeLockedKeyFile,
  encodeSignedPrekey,
  entropyToWords,
  openClientCertificate,
  openDeviceCertificate,
  openIdentity,
  openSealed,
  openSignedPrekey,
  readClientOperation,
  sealTo,
  signPrekey,
  unlockKeyFile,
  verifyDeviceCertificate,
  verifyDeviceClaim,
  wordsToEntropy,
} from '@hamlet/identity'
import type { KeyRing, SignedOperation } from '@hamlet/identity'
import {
  bytesToText,
  judgeCopyingDecoder,
  judgeDecoder,
  judgeThrowing,
  require,
  requireSameBytes,
  requireTyped,
} from '@hamlet/testkit/fuzz'
import type { FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import {
  crypto,
  filled,
  fixedRandom,
  golden,
  goldenHex,
  identity,
  keys,
  NOW_MS,
  texts,
} from '../_material.ts'

const SOURCE = 'packages/base/identity/src'
const CERTIFICATE_CODES = /^CERTIFICATE_/
const KEY_FILE_CODES = /^KEY_FILE_/
const { deviceSigner, personKeys } = identity
const root = personKeys!.rootSigner
const GOLDEN = 'base/identity/test/golden'

/** Nothing but what was signed opens: everything else is refused for its form, its keys or its signature. */
function judgeSigned<T>(
  input: Uint8Array,
  seeds: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => Result<T, unknown>,
  open: (bytes: Uint8Array) => Result<T, unknown>,
  encode: (value: T) => Uint8Array,
): FuzzVerdict {
  const verdict = judgeCopyingDecoder(input, decode, { codes: CERTIFICATE_CODES, encode })
  if (verdict === 'refused') return verdict
  const isSeed = seeds.some((seed) => equalBytes(seed, input))
  const opened = open(input)
  require(opened.ok === isSeed, isSeed ? 'a seed does not open' : 'opens what nobody signed')
  if (!opened.ok) requireTyped(opened.error, CERTIFICATE_CODES)
  return verdict
}

const deviceSeeds = [
  keys.certificate,
  goldenHex(`${GOLDEN}/device-certificate-v1.hex`),
  goldenHex(`${GOLDEN}/device-certificate-v2.hex`),
]

const deviceCertificate: FuzzTarget = {
  name: 'identity/device-certificate',
  decoders: [
    `${SOURCE}/device-certificate.ts#decodeDeviceCertificate`,
    `${SOURCE}/device-certificate.ts#openDeviceCertificate`,
    `${SOURCE}/device-certificate.ts#verifyDeviceCertificate`,
    `${SOURCE}/device-certificate.ts#verifyDeviceClaim`,
  ],
  form: 'cbor',
  seeds: deviceSeeds,
  smokeInputs: 1000,
  run: (input) =>
    judgeSigned(
      input,
      deviceSeeds,
      decodeDeviceCertificate,
      (bytes) => {
        const opened = openDeviceCertificate(crypto, bytes)
        if (opened.ok) {
          require(verifyDeviceCertificate(crypto, opened.value), 'opened and not verified')
          require(verifyDeviceClaim(crypto, opened.value), 'opened without the claim of its device')
        }
        return opened
      },
      encodeDeviceCertificate,
    ),
}

const clientSeeds = [
  encodeClientCertificate(
    certifyClient(root, {
      person: identity.person,
      algorithm: 'ed25519',
      publicKey: deviceSigner.publicKey,
      label: 'Phone',
      createdAtMs: NOW_MS,
      expiresAtMs: NOW_MS + 1,
    }),
  ),
  goldenHex(`${GOLDEN}/client-certificate-v1.hex`),
]

const clientCertificate: FuzzTarget = {
  name: 'identity/client-certificate',
  decoders: [
    `${SOURCE}/client-certificate.ts#decodeClientCertificate`,
    `${SOURCE}/client-certificate.ts#openClientCertificate`,
    `${SOURCE}/client-certificate.ts#verifyClientCertificate`,
  ],
  form: 'cbor',
  seeds: clientSeeds,
  smokeInputs: 1000,
  run: (input) =>
    judgeSigned(
      input,
      clientSeeds,
      decodeClientCertificate,
      (bytes) => openClientCertificate(crypto, bytes),
      encodeClientCertificate,
    ),
}

const goldenOperation = JSON.parse(golden(`${GOLDEN}/client-operation-v1.json`)) as {
  readonly text: string
  readonly request: SignedOperation
}

const clientOperation: FuzzTarget = {
  name: 'identity/client-operation',
  decoders: [`${SOURCE}/client-operation.ts#readClientOperation`],
  form: 'json',
  seeds: texts(goldenOperation.text),
  words: texts('"data":{}', '"space":', '[[[[', '1e3', '-0', '\\u0061', '__proto__'),
  run: (input) =>
    judgeDecoder(input, readClientOperation, {
      codes: /^OPERATION_MALFORMED$/,
      encode: encodeClientOperation,
    }),
}

const signedOperation: FuzzTarget = {
  name: 'identity/signed-operation',
  decoders: [`${SOURCE}/client-operation.ts#decodeSignedOperation`],
  form: 'text',
  seeds: texts(Object.values(goldenOperation.request).join('\n')),
  words: texts('\n', '=', '==', '-', '_'),
  run(input) {
    const [certificate = '', operation = '', signature = ''] = (decodeUtf8(input) ?? '').split('\n')
    const decoded = decodeSignedOperation({ certificate, operation, signature })
    if (!decoded.ok) {
      requireTyped(decoded.error, /^OPERATION_MALFORMED$/)
      return 'refused'
    }
    require(decoded.value.signature.length === 64, 'a signature of another length')
    requireSameBytes(decoded.value.operation, base64ToBytes(operation)!, 'other bytes')
    return 'accepted'
  },
}

const prekeySeeds = [1, 2 ** 32 - 1].map((serial) =>
  encodeSignedPrekey(signPrekey(crypto, deviceSigner, createPrekey(fixedRandom(2), serial, 7))),
)

const prekey: FuzzTarget = {
  name: 'identity/prekey',
  decoders: [`${SOURCE}/keys.ts#decodeSignedPrekey`, `${SOURCE}/keys.ts#openSignedPrekey`],
  form: 'cbor',
  seeds: prekeySeeds,
  smokeInputs: 1000,
  run: (input) =>
    judgeSigned(
      input,
      prekeySeeds,
      decodeSignedPrekey,
      (bytes) => openSignedPrekey(crypto, bytes),
      encodeSignedPrekey,
    ),
}

const LOCK_KEY = new Uint8Array(32)
const LOCK = {
  salt: new Uint8Array(16),
  nonce: new Uint8Array(12),
  cost: { memoryKib: 64, passes: 1, lanes: 1 },
}
const lockedFile = encodeLockedKeyFile(crypto, keys, LOCK, LOCK_KEY)
const CHECKSUM_BYTES = 32
const KEYS_OFFSET = 12

function judgeKeyFile(bytes: Uint8Array): FuzzVerdict {
  const decoded = decodeKeyFile(crypto, bytes)
  if (!decoded.ok) {
    requireTyped(decoded.error, KEY_FILE_CODES)
    return 'refused'
  }
  if (decoded.value.protection === 'none') {
    requireSameBytes(encodeKeyFile(crypto, decoded.value.keys), bytes, 'the key file again')
    return 'accepted'
  }
  const unlocked = unlockKeyFile(crypto, decoded.value.locked, LOCK_KEY)
  if (!unlocked.ok) requireTyped(unlocked.error, KEY_FILE_CODES)
  else require(equalBytes(bytes, lockedFile), 'unlocked what was never locked')
  return 'accepted'
}

const keyFileSeeds = [
  encodeKeyFile(crypto, keys),
  lockedFile,
  goldenHex(`${GOLDEN}/key-file-v1.hex`),
  goldenHex(`${GOLDEN}/key-file-passphrase-v1.hex`),
]

const keyFile: FuzzTarget = {
  name: 'identity/key-file',
  decoders: [`${SOURCE}/key-file.ts#decodeKeyFile`],
  form: 'bytes',
  seeds: keyFileSeeds,
  words: texts('hamlet-key'),
  bytesMax: 20 * 1024,
  run: judgeKeyFile,
}

const keyFileBody: FuzzTarget = {
  name: 'identity/key-file-mended',
  decoders: [`${SOURCE}/key-file.ts#decodeKeyFile`, `${SOURCE}/key-file.ts#unlockKeyFile`],
  form: 'bytes',
  seeds: keyFileSeeds.map((file) => file.slice(0, -CHECKSUM_BYTES)),
  words: texts('hamlet-key'),
  run: (input) => judgeKeyFile(concatBytes(input, crypto.hash(input))),
}

const keyFileHead = keyFileSeeds[0]!.slice(0, KEYS_OFFSET)

const keyRing: FuzzTarget = {
  name: 'identity/key-ring',
  decoders: [`${SOURCE}/key-file.ts#decodeKeyFile`, `${SOURCE}/identity.ts#openIdentity`],
  form: 'cbor',
  seeds: [keyFileSeeds[0]!.slice(KEYS_OFFSET, -CHECKSUM_BYTES)],
  smokeInputs: 500,
  run(input) {
    const body = concatBytes(keyFileHead, input)
    const file = concatBytes(body, crypto.hash(body))
    const verdict = judgeKeyFile(file)
    const decoded = decodeKeyFile(crypto, file)
    if (decoded.ok && decoded.value.protection === 'none') judgeKeyRing(decoded.value.keys)
    return verdict
  },
}

/** Keys that do not belong together sign nothing. */
function judgeKeyRing(ring: KeyRing): void {
  judgeThrowing(
    () => openIdentity(crypto, ring),
    KEY_FILE_CODES,
    (opened) => require(opened.device === identity.device, 'the identity of another device'),
  )
}

const words: FuzzTarget = {
  name: 'identity/words',
  decoders: [`${SOURCE}/words.ts#wordsToEntropy`],
  form: 'text',
  seeds: texts(entropyToWords(filled(0)), entropyToWords(fixedRandom(3).bytes(32))),
  words: texts('abandon ', 'zoo ', ' art', '\u3000', 'é', '\u00a0'),
  run(input) {
    const result = wordsToEntropy(bytesToText(input))
    if (!result.ok) {
      requireTyped(result.error, /^WORDS_/)
      return 'refused'
    }
    const again = wordsToEntropy(entropyToWords(result.value))
    require(again.ok && equalBytes(again.value, result.value), 'other words for the same entropy')
    return 'accepted'
  },
}

const INFO = utf8('info')
const NOTHING = new Uint8Array(0)
const SECRET = filled(9)
const sealKey = filled(5)
const sealed = sealTo(crypto, fixedRandom(4), crypto.agreementKey(sealKey), INFO, NOTHING, SECRET)
const sealedSeed = concatBytes(sealed.enc, sealed.ciphertext)

const seal: FuzzTarget = {
  name: 'identity/seal',
  decoders: [`${SOURCE}/hpke.ts#openSealed`],
  form: 'bytes',
  seeds: [sealedSeed],
  smokeInputs: 500,
  run: (input) =>
    judgeDecoder(input, (bytes) => {
      const parts = { enc: bytes.slice(0, 32), ciphertext: bytes.slice(32) }
      const opened = openSealed(crypto, sealKey, parts, INFO, NOTHING)
      if (opened === undefined) return undefined
      require(equalBytes(input, sealedSeed) &&
        equalBytes(opened, SECRET), 'opens what nobody sealed')
      return { ok: true, value: opened }
    }),
}

export const targets: readonly FuzzTarget[] = [
  deviceCertificate,
  clientCertificate,
  clientOperation,
  signedOperation,
  prekey,
  keyFile,
  keyFileBody,
  keyRing,
  words,
  seal,
]
