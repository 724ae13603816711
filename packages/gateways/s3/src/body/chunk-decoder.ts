/**
 * `aws-chunked` bodies: data in chunks, each with its size in hex and, if signed, a signature that continues from the one before it.
 *
 *     LINE                                          WHEN
 *     <size>[;chunk-signature=<64 hex digits>] CRLF  for each chunk; of the last the size is 0
 *     <size bytes> CRLF                              for each chunk but the last
 *     <name>:<value> CRLF or LF                      of a trailer
 *     x-amz-trailer-signature:<64 hex> CRLF          of a signed trailer
 *     CRLF                                           at the end
 *
 * Source: "Signature calculations for the Authorization header: transferring payload in multiple chunks", with and without a trailer.
 *
 * Data is handed on before its chunk's signature is known to be right; who stores it does so for good only after `finish`.
 *
 * Invariants:
 * 1. A size has no second spelling that differs in where the data ends; lines are bounded; nothing follows the end.
 * 2. `finish` returns only when all signatures were right and the body was whole.
 */

import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { chunkSignature, equalSignatures, trailerSignature } from '../auth/signature.ts'
import type { ChunkSigning } from '../auth/signature.ts'
import { S3Error } from '../errors.ts'
import { CHUNK_LINE_BYTES_MAX, TRAILER_BYTES_MAX } from '../limits.ts'

export interface ChunkDecoderOptions {
  /** `undefined`: the chunks are not signed. */
  readonly signing: ChunkSigning | undefined
  /** Whether there may be lines behind the last chunk. */
  readonly trailer: boolean
}

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'done'

const SIZE_LINE = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/
const TRAILER_LINE = /^([A-Za-z0-9-]{1,128}):[ \t]*([\x21-\x7e]{0,256})[ \t]*$/
const SIGNATURE_NAME = 'x-amz-trailer-signature'
const CR = 13
const LF = 10

export class ChunkDecoder {
  readonly #options: ChunkDecoderOptions
  readonly #trailer = new Map<string, string>()
  #state: State = 'size'
  #line: number[] = []
  #left = 0
  #hash: Hash | undefined
  #signature: string | undefined
  #previous: string
  #trailerBytes = 0
  #trailerSignature: string | undefined

  constructor(options: ChunkDecoderOptions) {
    this.#options = options
    this.#previous = options.signing?.seed ?? ''
  }

  /** The data in these bytes, as views of them. @throws S3Error `IncompleteBody`, `InvalidRequest`, `SignatureDoesNotMatch`, … */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    const data: Uint8Array[] = []
    let at = 0
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const piece = bytes.subarray(at, at + this.#left)
        this.#takeData(piece)
        data.push(piece)
        at += piece.length
      } else {
        at = this.#takeLine(bytes, at)
      }
    }
    return data
  }

  /** The trailer, names in lower case. @throws S3Error `IncompleteBody` before the end */
  finish(): ReadonlyMap<string, string> {
    if (this.#state !== 'done') throw new S3Error('IncompleteBody')
    return this.#trailer
  }

  #takeData(piece: Uint8Array): void {
    this.#hash?.update(piece)
    this.#left -= piece.length
    if (this.#left === 0) this.#state = 'data-end'
  }

  /** Where the line ends in `bytes`, or their end. */
  #takeLine(bytes: Uint8Array, from: number): number {
    if (this.#state === 'done') throw malformed('bytes follow the last chunk')
    const end = bytes.indexOf(LF, from)
    const until = end === -1 ? bytes.length : end
    if (this.#line.length + until - from > CHUNK_LINE_BYTES_MAX)
      throw malformed('a line is too long')
    for (let at = from; at < until; at++) this.#line.push(bytes[at]!)
    if (end === -1) return bytes.length
    const hasReturn = this.#line.at(-1) === CR
    if (hasReturn) this.#line.pop()
    const line = String.fromCharCode(...this.#line)
    this.#line = []
    this.#endLine(line, hasReturn)
    return end + 1
  }

  #endLine(line: string, hasReturn: boolean): void {
    if (this.#state === 'trailer') return this.#endTrailerLine(line)
    if (!hasReturn) throw malformed('a line ends without a carriage return')
    if (this.#state === 'size') return this.#beginChunk(line)
    if (line !== '') throw malformed('a chunk is longer than its size')
    this.#endChunk()
    this.#state = 'size'
  }

  #beginChunk(line: string): void {
    const [, digits, signature] = SIZE_LINE.exec(line) ?? []
    if (digits === undefined) throw malformed('a chunk begins without its size')
    if ((signature !== undefined) !== (this.#options.signing !== undefined)) {
      throw malformed('chunks are signed exactly where the request says so')
    }
    this.#signature = signature
    this.#hash = this.#options.signing && createHash('sha256')
    this.#left = Number.parseInt(digits, 16)
    this.#state = this.#left === 0 ? 'trailer' : 'data'
    if (this.#left === 0) this.#endChunk()
  }

  #endChunk(): void {
    const { signing } = this.#options
    if (signing === undefined || this.#hash === undefined) return
    const expected = chunkSignature(signing, this.#previous, this.#hash.digest('hex'))
    if (!equalSignatures(expected, this.#signature ?? ''))
      throw new S3Error('SignatureDoesNotMatch')
    this.#previous = expected
  }

  #endTrailerLine(line: string): void {
    if (line === '') return this.#endTrailer()
    this.#trailerBytes += line.length
    const [, written, value] = TRAILER_LINE.exec(line) ?? []
    const name = written?.toLowerCase()
    const isWrong = name === undefined || value === undefined || !this.#options.trailer
    if (isWrong || this.#trailerSignature !== undefined || this.#trailer.has(name)) {
      throw new S3Error('MalformedTrailerError')
    }
    if (this.#trailerBytes > TRAILER_BYTES_MAX) throw new S3Error('MalformedTrailerError')
    if (name === SIGNATURE_NAME) this.#trailerSignature = value
    else this.#trailer.set(name, value)
  }

  #endTrailer(): void {
    const { signing, trailer } = this.#options
    if (trailer && signing !== undefined && this.#trailer.size > 0) {
      const lines = Array.from(this.#trailer, ([name, value]) => `${name}:${value}\n`)
      const expected = trailerSignature(signing, this.#previous, lines.join(''))
      if (!equalSignatures(expected, this.#trailerSignature ?? '')) {
        throw new S3Error('SignatureDoesNotMatch')
      }
    } else if (this.#trailerSignature !== undefined && signing === undefined) {
      throw new S3Error('MalformedTrailerError')
    }
    this.#state = 'done'
  }
}

function malformed(why: string): S3Error {
  return new S3Error('InvalidRequest', `The chunked body is malformed: ${why}.`)
}
