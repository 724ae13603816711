/** The parts of `HamletApi` about programs with keys of their own and about public spaces, each call handed to its desk. */

import type * as Api from '@hamlet/http/api'
import type { ClientDesk } from './client-desk.ts'
import { LedgerPeer } from './ledger/ledger-peer.ts'
import type { ListingDesk } from './listing-desk.ts'

export abstract class ClientPeer
  extends LedgerPeer
  implements Api.ClientApi<Api.OperationResult>, Api.ListingApi
{
  protected abstract readonly clientDesk: ClientDesk
  protected abstract readonly listingDesk: ListingDesk

  async clients(): Promise<readonly Api.ApiClient[]> {
    return await this.clientDesk.list()
  }

  async certifyClient(input: Api.ClientInput): Promise<Api.CertifiedClient> {
    return await this.clientDesk.certify(input)
  }

  async revokeClient(publicKey: string): Promise<Api.ApiClient> {
    return await this.clientDesk.revoke(publicKey)
  }

  async submitOperation(request: Api.SignedOperationInput): Promise<Api.OperationReply> {
    return await this.clientDesk.submit(request)
  }

  async clientOperations(
    space: string,
    query: { readonly limit?: number; readonly before?: string } = {},
  ): Promise<Api.RecordedOperationPage> {
    return await this.clientDesk.operations(space, query)
  }

  async publication(space: string): Promise<Api.PublishedSpace> {
    return this.listingDesk.published(space)
  }

  async publishSpace(space: string, options: Api.PublishOptions = {}): Promise<Api.PublishedSpace> {
    return await this.listingDesk.publish(space, options)
  }

  async unpublishSpace(space: string): Promise<void> {
    await this.listingDesk.unpublish(space)
  }

  async discover(topic?: string): Promise<readonly Api.DiscoveredSpace[]> {
    return await this.listingDesk.discover(topic)
  }
}
