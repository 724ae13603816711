/** Reads a stream of UTF-8 bytes as text, piece by piece as it arrives. */

export async function* readPieces(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      const piece = decoder.decode(value, { stream: !done })
      if (piece !== '') yield piece
      if (done) return
    }
  } finally {
    // The reader may already be in error; then there is nothing left to cancel.
    await reader.cancel().catch(() => {})
  }
}
