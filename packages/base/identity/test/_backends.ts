/** Both implementations of the `Crypto` port: every vector runs over each, so they must agree. */

import { createNodeCrypto } from '@hamlet/identity/node'
import { createPortableCrypto } from '@hamlet/identity/portable'

export const backends = [
  { name: 'node', crypto: createNodeCrypto() },
  { name: 'portable', crypto: createPortableCrypto() },
] as const
