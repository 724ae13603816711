/** What a program on the same machine needs to ask a peer, or to be asked itself: no server, and nothing of what one loads. */

export { isSocketPath, listenOnSocket } from './listen.ts'
export { createSocketClient } from './socket-client.ts'
export type { SocketClientOptions } from './socket-client.ts'
export { readTokenFile } from './token-file.ts'
