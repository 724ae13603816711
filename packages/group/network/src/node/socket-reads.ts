/**
 * Reads of a socket into memory that is used again, switched on while it is open.
 *
 * Node makes new memory for every read, 16 KiB of each under TLS, and marks the whole heap for each 30 MB of them: that took more than half
 * of a receiver's time (docs/design/021-transfer-cost.md). Its option `onread` avoids this, but is not taken for a TLS socket
 * over a socket that exists. What the option sets is set here instead, where this version of Node has it; where it has not, the
 * socket is read as ever.
 */

import type { TLSSocket } from 'node:tls'

/** As much as TLS decrypts at once. */
const READ_BYTES = 16 * 1024

/** Names of what `onread` sets, as `node:net` calls them. */
const BUFFER = 'kBuffer'
const CALLBACK = 'kBufferCb'

interface ReadHandle {
  useUserBuffer?(buffer: Uint8Array): void
}

/**
 * From now on `take` gets what comes, which lasts for the call. What was read before comes first, as `data`. Whether it is so; if not,
 * everything comes as `data`.
 */
export function lendSocketReads(socket: TLSSocket, take: (bytes: Uint8Array) => void): boolean {
  const symbols = Object.getOwnPropertySymbols(socket)
  const [buffer, callback] = [BUFFER, CALLBACK].map((name) =>
    symbols.find(({ description }) => description === name),
  )
  const { _handle: handle } = socket as unknown as { readonly _handle?: ReadHandle | null }
  if (buffer === undefined || callback === undefined || !handle?.useUserBuffer) return false
  while (socket.readableLength > 0 && socket.read() !== null);
  const memory = new Uint8Array(READ_BYTES)
  Object.assign(socket, {
    [buffer]: memory,
    [callback]: (count: number) => take(memory.subarray(0, count)),
  })
  handle.useUserBuffer(memory)
  return true
}
