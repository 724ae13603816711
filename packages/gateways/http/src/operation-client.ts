/** The part of the HTTP client about programs with keys of their own: `ClientApi` as requests. */

import type * as api from './hamlet-api.ts'
import { LedgerClient } from './ledger-client.ts'
import { path, querySuffix } from './path.ts'

export abstract class OperationClient
  extends LedgerClient
  implements api.ClientApi<api.OperationResult>
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
}
