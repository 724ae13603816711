/** What Hamlet uses of `ws`, which brings no types. */

declare module 'ws' {
  import type { EventEmitter } from 'node:events'

  export interface ClientOptions {
    readonly perMessageDeflate: boolean
    readonly followRedirects: boolean
    readonly maxPayload: number
  }

  export class WebSocket extends EventEmitter {
    static readonly CLOSED: number
    constructor(url: string, options: ClientOptions)
    binaryType: string
    readonly readyState: number
    /** Shakes hands with the other end, and gives up after 30 seconds. */
    close(): void
    /** Destroys the socket, also one that is still connecting. */
    terminate(): void
  }
}
