/** Operational errors of the network; `docs/errors.md` says what each one means and what to do about it. */

import { HamletError } from '@hamlet/core'

export type NetworkErrorCode =
  | 'NETWORK_ABORTED'
  | 'NETWORK_BAD_ADDRESS'
  | 'NETWORK_CLOSED'
  | 'NETWORK_LISTEN_FAILED'
  | 'NETWORK_PORT_TAKEN'
  | 'NETWORK_PROTOCOL_UNSUPPORTED'
  | 'NETWORK_REFUSED'
  | 'NETWORK_STREAM_CLOSED'
  | 'NETWORK_UNREACHABLE'
  | 'NETWORK_WRONG_PEER'

export class NetworkError extends HamletError<NetworkErrorCode> {
  override readonly name = 'NetworkError'
}
