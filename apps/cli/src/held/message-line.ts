/**
 * Messages of a caller and a holder on a socket: one of the two ends of `command-message.ts`.
 *
 * Invariant: the other end cannot make this one keep more than one frame; a message it cannot read ends the line.
 */

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { encodeFrames, FrameDecoder } from '@hamlet/core'
import type { Result } from '@hamlet/core'

export class MessageLine<Incoming, Outgoing> {
  readonly #socket: Socket
  readonly #encode: (message: Outgoing) => Uint8Array
  readonly #decode: (frame: Uint8Array) => Result<Incoming, string>

  constructor(
    socket: Socket,
    encode: (message: Outgoing) => Uint8Array,
    decode: (frame: Uint8Array) => Result<Incoming, string>,
  ) {
    this.#socket = socket
    this.#encode = encode
    this.#decode = decode
    // What breaks off ends the messages; there is nothing more to say about it.
    socket.on('error', () => undefined)
  }

  send(message: Outgoing): void {
    if (this.#socket.writable) this.#socket.write(encodeFrames([this.#encode(message)]))
  }

  /** Resolves when there is room for more, or nobody is there any more. */
  async drained(): Promise<void> {
    const socket = this.#socket
    if (!socket.writableNeedDrain) return
    await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined)
  }

  /** Until the other end is gone, or says what is no message. The next one is read when this one is taken. */
  async *messages(): AsyncGenerator<Incoming, void, undefined> {
    const decoder = new FrameDecoder()
    try {
      for await (const chunk of this.#socket) {
        const frames = decoder.push(chunk as Uint8Array)
        if (!frames.ok) return
        for (const frame of frames.value) {
          const message = this.#decode(frame)
          if (!message.ok) return
          yield message.value
        }
      }
    } catch {
      // A connection that breaks is an ending like any other.
    }
  }

  /** What was sent still arrives. */
  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
