/** JSON Lines from an async iterable of lines, pulled as fast as the reader takes them. */

import { utf8 } from '@hamlet/core'

/**
 * Waits for the first line, so that an error before it is an error and not a stream. A later one breaks the stream
 * off, which a reader of HTTP's chunked encoding notices.
 */
export async function createExportStream(
  lines: AsyncIterable<string>,
  close: () => void,
): Promise<ReadableStream<Uint8Array>> {
  const iterator = lines[Symbol.asyncIterator]()
  let upcoming = await iterator.next()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (upcoming.done === true) {
          controller.close()
          return
        }
        controller.enqueue(utf8(`${upcoming.value.replace(/\n+$/, '')}\n`))
        upcoming = await iterator.next()
      },
      async cancel() {
        close()
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
