/**
 * The reading half of yamux, taken from `@chainsafe/libp2p-yamux` and made fit for streams that carry much.
 *
 * The idea: the module collects a frame until all of it is here, and tells the other end after each that there is room again. Here a part
 * of a frame goes to its stream as soon as it comes, so that nothing has to outlive the memory it was read into, and room is told of when
 * half of the window is used up, as in other implementations. Frames that carry no data are the module's own business.
 *
 *     OFFSET  SIZE  FIELD OF A FRAME (https://github.com/hashicorp/yamux/blob/master/spec.md)
 *          0     1  version, 0
 *          1     1  type, 0 for data
 *          2     2  flags
 *          4     4  stream
 *          8     4  length of the data that follow, or what the type says
 *
 * Invariants:
 * 1. Bytes of a stream are delivered once and in order. Memory that is lent is left to nobody but a taker that was named; all others get
 *    copies.
 * 2. A frame that is longer than the window ends the connection before any of it is taken.
 */

import type { MessageStream, Stream, StreamMuxer } from '@libp2p/interface'

interface Header {
  readonly type: number
  readonly flag: number
  readonly streamID: number
  readonly length: number
}

interface Frame {
  readonly header: Header
  readonly data?: Uint8Array
}

/** What is used of the module's streams beyond their interface. */
interface YamuxStream extends Stream {
  readonly streamId: number
  readonly state: number
  readonly maxStreamWindowSize: number
  recvWindow: number
  recvWindowCapacity: number
  handleData(frame: Frame): void
  sendWindowUpdate(): void
}

/** And of its muxer. */
interface YamuxMuxer {
  readonly streams: readonly YamuxStream[]
  _newStream(...options: readonly unknown[]): YamuxStream
  onData(bytes: Uint8Array | Iterable<Uint8Array>): void
  handleFrame(frame: Frame): void
  abort(error: Error): void
}

/** A connection that lends the memory of what comes; `false` when it cannot. */
export interface LendingConnection extends MessageStream {
  lendReads(take: (bytes: Uint8Array) => void): boolean
}

export type LentTaker = (bytes: Uint8Array) => void

const HEADER_BYTES = 12
const DATA = 0
const ENDING_FLAGS = 4 | 8
const PROTOCOL_ERROR = 1
const ESTABLISHED = 3
const NOTHING = new Uint8Array()

const takers = new WeakMap<Stream, LentTaker>()

/** From now on `take` gets what comes, which lasts for the call; what does not lie in lent memory comes as `message` still. */
export function takeLent(stream: Stream, take: LentTaker): void {
  takers.set(stream, take)
  if (!('recvWindow' in stream)) return
  const own = stream as YamuxStream
  // It is used up at once, so the other end need not feel its way to the limit.
  own.recvWindow = own.maxStreamWindowSize
  own.sendWindowUpdate()
}

/** Makes a muxer read this way. */
export function deliverInParts(muxer: StreamMuxer, connection: MessageStream): void {
  const own = muxer as unknown as YamuxMuxer
  const reads = new YamuxReads(own)
  const create = own._newStream.bind(own)
  own._newStream = (...options) => tellLess(create(...options))
  own.onData = (bytes) => {
    for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) reads.take(part, false)
  }
  if (!('lendReads' in connection)) return
  let isBroken = false
  ;(connection as LendingConnection).lendReads((bytes) => {
    if (isBroken) return
    try {
      reads.take(bytes, true)
    } catch (error) {
      isBroken = true
      own.abort(error as Error)
      connection.abort(error as Error)
    }
  })
}

/** Tells of room once half of the window is used up. */
function tellLess(stream: YamuxStream): YamuxStream {
  const tell = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    const hasRoom = 2 * stream.recvWindowCapacity > stream.recvWindow
    if (stream.state !== ESTABLISHED || !hasRoom) tell()
  }
  return stream
}

class YamuxReads {
  readonly #muxer: YamuxMuxer
  readonly #head = new Uint8Array(HEADER_BYTES)
  readonly #view = new DataView(this.#head.buffer)
  #headBytes = 0
  /** Of the frame whose data are coming. */
  #stream: YamuxStream | undefined
  #streamId = 0
  #endingFlags = 0
  #leftBytes = 0

  constructor(muxer: YamuxMuxer) {
    this.#muxer = muxer
  }

  take(bytes: Uint8Array, isLent: boolean): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#leftBytes === 0) {
        at = this.#takeHead(bytes, at)
        continue
      }
      const end = Math.min(at + this.#leftBytes, bytes.length)
      this.#takeData(bytes.subarray(at, end), isLent)
      at = end
    }
  }

  #takeHead(bytes: Uint8Array, at: number): number {
    const end = Math.min(at + HEADER_BYTES - this.#headBytes, bytes.length)
    this.#head.set(bytes.subarray(at, end), this.#headBytes)
    this.#headBytes += end - at
    if (this.#headBytes === HEADER_BYTES) {
      this.#headBytes = 0
      this.#begin(this.#header())
    }
    return end
  }

  #header(): Header {
    if (this.#head[0] !== 0) throw protocolError('the version of a frame')
    const [type, flag] = [this.#head[1]!, this.#view.getUint16(2)]
    return { type, flag, streamID: this.#view.getUint32(4), length: this.#view.getUint32(8) }
  }

  #begin(header: Header): void {
    const { type, flag, streamID, length } = header
    if (type !== DATA) {
      this.#muxer.handleFrame({ header })
      return
    }
    if (length === 0 || streamID === 0) {
      this.#muxer.handleFrame({ header, data: NOTHING })
      return
    }
    const openingFlags = flag & ~ENDING_FLAGS
    if (openingFlags !== 0) this.#flags(streamID, openingFlags)
    const stream = this.#muxer.streams.find((each) => each.streamId === streamID)
    if (stream && length > stream.recvWindowCapacity) throw protocolError('data beyond the window')
    this.#stream = stream
    this.#streamId = streamID
    this.#endingFlags = flag & ENDING_FLAGS
    this.#leftBytes = length
  }

  #takeData(bytes: Uint8Array, isLent: boolean): void {
    this.#leftBytes -= bytes.length
    if (this.#stream) deliver(this.#stream, bytes, isLent)
    if (this.#leftBytes > 0) return
    this.#stream = undefined
    if (this.#endingFlags !== 0) this.#flags(this.#streamId, this.#endingFlags)
  }

  #flags(streamID: number, flag: number): void {
    const header = { type: DATA, flag, streamID, length: 0 }
    this.#muxer.handleFrame({ header, data: NOTHING })
  }
}

function deliver(stream: YamuxStream, bytes: Uint8Array, isLent: boolean): void {
  const take = isLent ? takers.get(stream) : undefined
  if (take && stream.readStatus === 'readable' && stream.readBufferLength === 0) {
    stream.recvWindowCapacity -= bytes.length
    take(bytes)
    stream.sendWindowUpdate()
    return
  }
  const header = { type: DATA, flag: 0, streamID: stream.streamId, length: bytes.length }
  stream.handleData({ header, data: isLent ? bytes.slice() : bytes })
}

function protocolError(what: string): Error {
  const error = new Error(`not allowed by yamux: ${what}`)
  return Object.assign(error, { name: 'InvalidFrameError', reason: PROTOCOL_ERROR })
}
