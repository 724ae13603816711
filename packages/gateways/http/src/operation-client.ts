/** The part of the HTTP client about programs with keys of their own and about public spaces, as requests. */

import type * as api from './hamlet-api.ts'
import { LedgerClient } from './ledger-client.ts'
import { path, querySuffix } from './path.ts'

export abstract class OperationClient
  extends LedgerClient
  implements api.ClientApi<api.OperationResult>, api.ListingApi
{
  clients(): Promise<readonly api.ApiClient[]> {
    return this.json('GET', '/clients')
  }

  certifyClient(input: api.ClientInput): Promise<api.CertifiedClient> {
    return this.json('POST', '/clients', input)
  }

  revokeClient(publicKey: string): Promise<api.ApiClient> {
    return this.json('POST', path`/clients/${publicKey}/revoke`, {})
  }

  submitOperation(request: api.SignedOperationInput): Promise<api.OperationReply> {
    return this.json('POST', '/operations', request)
  }

  clientOperations(
    space: string,
    query: { readonly limit?: number; readonly before?: string } = {},
  ): Promise<api.RecordedOperationPage> {
    return this.json('GET', path`/spaces/${space}/operations` + querySuffix(query))
  }

  publication(space: string): Promise<api.PublishedSpace> {
    return this.json('GET', path`/spaces/${space}/publication`)
  }

  publishSpace(space: string, options: api.PublishOptions = {}): Promise<api.PublishedSpace> {
    return this.json('PUT', path`/spaces/${space}/publication`, options)
  }

  unpublishSpace(space: string): Promise<void> {
    return this.json('DELETE', path`/spaces/${space}/publication`)
  }

  discover(topic?: string): Promise<readonly api.DiscoveredSpace[]> {
    return this.json('GET', `/discovered-spaces${querySuffix({ topic })}`)
  }
}
