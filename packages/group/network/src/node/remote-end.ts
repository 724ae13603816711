/**
 * Telling a finished stream from one that was cut off.
 *
 * libp2p reports the end of the readable half in both cases, because the loss of the connection ends everything; only
 * a farewell of the remote itself means that it had nothing more to say.
 */

import type { Stream } from '@libp2p/interface'

export interface RemoteEnd {
  /** The remote has ended its half by itself. */
  readonly isGraceful: boolean
}

export function watchRemoteEnd(stream: Stream): RemoteEnd {
  const end = { isGraceful: stream.remoteWriteStatus === 'closed' && stream.status === 'open' }
  stream.addEventListener('remoteCloseWrite', () => {
    end.isGraceful = true
  })
  return end
}
