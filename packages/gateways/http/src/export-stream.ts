/** A file from an async iterable of its pieces, pulled as fast as the reader takes them. */

import { utf8 } from '@hamlet/core'

/** JSON Lines: every piece is a line, as {@link createTextStream}. */
export function createExportStream(
  lines: AsyncIterable<string>,
  close: () => void,
): Promise<ReadableStream<Uint8Array>> {
  return createTextStream(lines, close, (line) => `${line.replace(/\n+$/, '')}\n`)
}

/** A text as a file, as {@link createPieceStream}. */
export function createTextStream(
  pieces: AsyncIterable<string>,
  close: () => void,
  toText: (piece: string) => string = (piece) => piece,
): Promise<ReadableStream<Uint8Array>> {
  return createPieceStream(pieces, close, (piece) => utf8(toText(piece)))
}

/**
 * Waits for the first piece, so that an error before it is an error and not a stream. A later one breaks the stream
 * off, which a reader of HTTP's chunked encoding, or of an announced length, notices; `onBroken` may do so itself.
 */
export async function createPieceStream<Piece>(
  pieces: AsyncIterable<Piece>,
  close: () => void,
  toBytes: (piece: Piece) => Uint8Array,
  onBroken?: (error: unknown) => void,
): Promise<ReadableStream<Uint8Array>> {
  const iterator = pieces[Symbol.asyncIterator]()
  let upcoming = await iterator.next()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (upcoming.done === true) {
          controller.close()
          return
        }
        controller.enqueue(toBytes(upcoming.value))
        try {
          upcoming = await iterator.next()
        } catch (error) {
          if (onBroken === undefined) throw error
          onBroken(error)
        }
      },
      async cancel() {
        close()
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
