/** Why a certificate, recovery words or a key file were refused. The codes are listed in `docs/errors.md`. */

import { HamletError } from '@hamlet/core'

export type CertificateErrorCode =
  /** Not the bytes of such a certificate. */
  | 'CERTIFICATE_MALFORMED'
  /** A key in it is of small order or not canonical. */
  | 'CERTIFICATE_BAD_KEY'
  /** A signature on it does not verify. */
  | 'CERTIFICATE_BAD_SIGNATURE'

export class CertificateError extends HamletError<CertificateErrorCode> {
  override readonly name = 'CertificateError'
}

export type OperationErrorCode =
  /** Not the one form of a client's operation, or a request without its three parts. */
  'OPERATION_MALFORMED'

export class OperationError extends HamletError<OperationErrorCode> {
  override readonly name = 'OperationError'
}

export type WordsErrorCode =
  /** Not 24 words. */
  | 'WORDS_COUNT'
  /** A word that is not in the list. */
  | 'WORDS_UNKNOWN'
  /** Words of the list whose checksum does not fit: one is wrong, or two are swapped. */
  | 'WORDS_CHECKSUM'

export class WordsError extends HamletError<WordsErrorCode> {
  override readonly name = 'WordsError'
}

export type KeyFileErrorCode =
  | 'KEY_FILE_EXISTS'
  | 'KEY_FILE_MISSING'
  | 'KEY_FILE_UNREADABLE'
  | 'KEY_FILE_UNWRITABLE'
  | 'KEY_FILE_INSECURE'
  | 'KEY_FILE_CORRUPT'
  | 'KEY_FILE_PASSPHRASE_NEEDED'
  | 'KEY_FILE_PASSPHRASE_WRONG'

export class KeyFileError extends HamletError<KeyFileErrorCode> {
  override readonly name = 'KeyFileError'
}

export type NoiseErrorCode =
  /** Not the length or form of the message expected now. */
  | 'NOISE_MALFORMED'
  /** A public key in it is of small order or not canonical. */
  | 'NOISE_BAD_KEY'
  /** It was not made with the same keys, secrets and history, or was changed on the way. */
  | 'NOISE_DECRYPT'
  /** An earlier message was refused, or the key has served for all messages it may. */
  | 'NOISE_ENDED'

export class NoiseError extends HamletError<NoiseErrorCode> {
  override readonly name = 'NoiseError'
}
