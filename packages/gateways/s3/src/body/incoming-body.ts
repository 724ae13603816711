/**
 * The body of a request as a stream of its data: unpacks chunks, counts, and holds everything that was announced against what comes.
 *
 * Whoever stores the data does so for good only when the stream has ended without an error. Nothing is kept: memory does not grow with
 * the body, and the sender is read only as fast as the data is taken.
 */

import { createHash } from 'node:crypto'
import { assert, base64ToBytes, bytesToBase64, bytesToHex } from '@hamlet/core'
import type { PayloadMode } from '../auth/payload-mode.ts'
import { equalSignatures } from '../auth/signature.ts'
import type { ChunkSigning } from '../auth/signature.ts'
import { checksumHeader, createHasher } from '../checksums/checksum.ts'
import type { Checksum, ChecksumAlgorithm, Hasher } from '../checksums/checksum.ts'
import { isS3Error, S3Error } from '../errors.ts'
import type { ContentFacts, IncomingBody } from '../s3-backend.ts'
import { ChunkDecoder } from './chunk-decoder.ts'

export interface BodyExpectations {
  readonly payload: PayloadMode
  readonly signing: ChunkSigning
  /** `undefined`: not announced. */
  readonly sizeBytes: number | undefined
  readonly sizeBytesMax: number
  /** The header's value, base64. */
  readonly contentMd5: string | undefined
  /** Computed and given back; compared if `value` was sent, or comes in the trailer. */
  readonly checksum:
    | {
        readonly algorithm: ChecksumAlgorithm
        readonly value: string | undefined
        readonly inTrailer: boolean
      }
    | undefined
}

export class RequestBody implements IncomingBody {
  readonly sizeBytes: number | undefined
  readonly #source: AsyncIterable<Uint8Array>
  readonly #expected: BodyExpectations
  readonly #decoder: ChunkDecoder | undefined
  readonly #md5 = createHash('md5')
  readonly #sha256: Hasher | undefined
  readonly #hasher: Hasher | undefined
  #seen = 0
  #facts: ContentFacts | undefined

  constructor(source: AsyncIterable<Uint8Array>, expected: BodyExpectations) {
    const { payload, signing, checksum } = expected
    this.#source = source
    this.#expected = expected
    this.sizeBytes = expected.sizeBytes
    if (payload.kind === 'chunks') {
      this.#decoder = new ChunkDecoder({
        signing: payload.signed ? signing : undefined,
        trailer: payload.trailer,
      })
    }
    this.#sha256 = payload.kind === 'hash' ? createHash('sha256') : undefined
    this.#hasher = checksum && createHasher(checksum.algorithm)
  }

  facts(): ContentFacts {
    assert(this.#facts !== undefined, 'the facts of a body are known at its end')
    return this.#facts
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const bytes of whole(this.#source)) {
      for (const piece of this.#decoder?.push(bytes) ?? [bytes]) {
        this.#take(piece)
        yield piece
      }
    }
    this.#end()
  }

  #take(piece: Uint8Array): void {
    this.#seen += piece.length
    if (this.#seen > this.#expected.sizeBytesMax) throw new S3Error('EntityTooLarge')
    if (this.sizeBytes !== undefined && this.#seen > this.sizeBytes) {
      throw new S3Error('InvalidRequest', 'There is more data than the request announced.')
    }
    this.#md5.update(piece)
    this.#sha256?.update(piece)
    this.#hasher?.update(piece)
  }

  #end(): void {
    const trailer = this.#decoder?.finish()
    if (this.#seen !== (this.sizeBytes ?? this.#seen)) throw new S3Error('IncompleteBody')
    this.#checkSha256()
    const md5 = this.#md5.digest()
    const { contentMd5 } = this.#expected
    if (contentMd5 !== undefined && contentMd5 !== bytesToBase64(md5)) {
      throw new S3Error(
        'BadDigest',
        'The Content-MD5 you specified did not match what we received.',
      )
    }
    const checksum = this.#checkChecksum(trailer)
    this.#facts = { sizeBytes: this.#seen, etag: bytesToHex(md5), checksum }
  }

  #checkSha256(): void {
    const { payload } = this.#expected
    if (payload.kind !== 'hash' || this.#sha256 === undefined) return
    if (!equalSignatures(bytesToHex(this.#sha256.digest()), payload.sha256)) {
      throw new S3Error('XAmzContentSHA256Mismatch')
    }
  }

  #checkChecksum(trailer: ReadonlyMap<string, string> | undefined): Checksum | undefined {
    const { checksum } = this.#expected
    const name = checksum && checksumHeader(checksum.algorithm)
    const announced = checksum?.inTrailer === true ? name : undefined
    const others = [...(trailer?.keys() ?? [])].filter((each) => each !== announced)
    if (others.length > 0) throw new S3Error('MalformedTrailerError')
    if (checksum === undefined || this.#hasher === undefined) return undefined
    const sent = checksum.inTrailer ? trailer?.get(name!) : checksum.value
    if (checksum.inTrailer && sent === undefined) throw new S3Error('MalformedTrailerError')
    const value = bytesToBase64(this.#hasher.digest())
    if (sent !== undefined && sent !== value) {
      throw new S3Error(
        'BadDigest',
        `The ${checksum.algorithm} you specified did not match the calculated checksum.`,
      )
    }
    return { algorithm: checksum.algorithm, value, type: 'FULL_OBJECT' }
  }
}

/** A connection that breaks is a body that is not whole. */
async function* whole(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source
  } catch (cause) {
    if (isS3Error(cause)) throw cause
    throw new S3Error('IncompleteBody', undefined, {}, { cause })
  }
}

/** @throws S3Error `InvalidDigest` */
export function checkContentMd5(value: string): void {
  if (base64ToBytes(value)?.length !== 16) throw new S3Error('InvalidDigest')
}

/** Bytes of our own, such as those of a copied part. */
export class OwnBody implements IncomingBody {
  readonly sizeBytes: number
  readonly #source: AsyncIterable<Uint8Array>
  readonly #algorithm: ChecksumAlgorithm | undefined
  #facts: ContentFacts | undefined

  constructor(
    source: AsyncIterable<Uint8Array>,
    sizeBytes: number,
    algorithm: ChecksumAlgorithm | undefined,
  ) {
    this.#source = source
    this.sizeBytes = sizeBytes
    this.#algorithm = algorithm
  }

  facts(): ContentFacts {
    assert(this.#facts !== undefined, 'the facts of a body are known at its end')
    return this.#facts
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const md5 = createHash('md5')
    const hasher = this.#algorithm && createHasher(this.#algorithm)
    for await (const piece of this.#source) {
      md5.update(piece)
      hasher?.update(piece)
      yield piece
    }
    const checksum: Checksum | undefined =
      this.#algorithm === undefined || hasher === undefined
        ? undefined
        : {
            algorithm: this.#algorithm,
            value: bytesToBase64(hasher.digest()),
            type: 'FULL_OBJECT',
          }
    this.#facts = { sizeBytes: this.sizeBytes, etag: md5.digest('hex'), checksum }
  }
}
