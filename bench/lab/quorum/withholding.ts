/**
 * A hostile replica of the baseline: it confirms to every author what it stores of theirs, and says nothing of it to
 * anybody else. A quorum of crash-tolerant replicas believes it.
 */

import type { Lengths, QuorumMessage } from './quorum-message.ts'

export function withholdFrom(
  self: number,
): (peer: number, message: QuorumMessage) => QuorumMessage | undefined {
  return (peer, message) => {
    const visible = (lengths: Lengths): Lengths =>
      new Map([...lengths].filter(([author]) => author === self || author === peer))
    switch (message.kind) {
      case 'state':
        return { kind: 'state', own: visible(message.own), stable: new Map(), others: [] }
      case 'answer':
        return { ...message, own: visible(message.own) }
      case 'entries':
        return message.author === self ? message : undefined
      case 'want':
      case 'ask':
        return message
    }
  }
}
