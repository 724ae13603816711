/** A space of Ana, whose peer it is, and Ben, with Cleo who is without the app. */

import type { MemoryApi } from '@hamlet/http/testing'

import type { TestPeer } from './_cli.ts'

export interface Household {
  readonly space: string
  readonly ben: MemoryApi
  readonly cleo: string
}

export async function household(peer: TestPeer): Promise<Household> {
  const { id: space } = await peer.api.createSpace('Household')
  const { link } = await peer.api.createInvite(space, { mode: 'auto', maxUses: 9 })
  const ben = peer.world.addPerson('Ben')
  await ben.join(link!)
  const { id: cleo } = await peer.api.addParty(space, 'Cleo')
  await peer.api.changeLedgerSettings(space, { currency: { code: 'EUR', exponent: 2 } })
  return { space, ben, cleo }
}
