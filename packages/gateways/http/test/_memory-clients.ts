/**
 * Programs that sign for a person of the shared memory. Nothing is signed here, so certificates are made up and any
 * signature counts; who was revoked is refused, and each operation is done once.
 */

import { createHash } from 'node:crypto'
import { base64ToBytes, bytesToBase64, decodeUtf8, HamletError, hexToBytes } from '@hamlet/core'

import type * as api from '../src/hamlet-api.ts'
import { planOperation } from '../src/operations.ts'
import { MemoryListings } from './_memory-listings.ts'
import { found } from './_memory-store.ts'
import type { MemoryStore } from './_memory-store.ts'

const PAGE_LENGTH = 50

interface StoredClient extends Omit<api.ApiClient, 'state'> {
  revoked: boolean
}

export abstract class MemoryClients
  extends MemoryListings
  implements api.ClientApi<api.OperationResult>
{
  abstract override readonly id: string
  abstract readonly device: string
  abstract override readonly world: MemoryStore
  readonly #clients: StoredClient[] = []
  readonly #operations: { readonly record: api.RecordedOperation; readonly space: string }[] = []
  readonly #spent = new Set<string>()

  async clients(): Promise<readonly api.ApiClient[]> {
    return this.#clients.map((client) => this.#show(client))
  }

  async certifyClient(input: api.ClientInput): Promise<api.CertifiedClient> {
    const { publicKey, label, expiresAtMs } = input
    const until = expiresAtMs === undefined ? {} : { expiresAtMs }
    this.#clients.push({
      ...{ publicKey, label, createdAtMs: this.world.nowMs(), ...until, revoked: false },
      algorithm: publicKey.length === 64 ? 'ed25519' : 'p256',
    })
    const certificate = bytesToBase64(hexToBytes(publicKey))
    return { publicKey, label, person: this.id, device: this.device, certificate, ...until }
  }

  async revokeClient(publicKey: string): Promise<api.ApiClient> {
    const client = found(this.#find(publicKey), 'CLIENT_NOT_FOUND')
    client.revoked = true
    return this.#show(client)
  }

  async submitOperation(request: api.SignedOperationInput): Promise<api.OperationReply> {
    const bytes = base64ToBytes(request.operation)
    const text = bytes === undefined ? undefined : decodeUtf8(bytes)
    const call = textToCall(text ?? '')
    const certified = base64ToBytes(request.certificate) ?? new Uint8Array(0)
    const client = this.#find(Buffer.from(certified).toString('hex'))
    if (client === undefined) throw new HamletError('OPERATION_CERTIFICATE_BAD', 'not certified')
    if (client.revoked) throw new HamletError('OPERATION_CLIENT_REVOKED', 'revoked')
    const id = createHash('sha256').update(text!).digest('hex')
    const plan = planOperation({ ...call, id })
    if (this.#spent.has(id)) throw new HamletError('OPERATION_REPLAYED', 'done already')
    this.#spent.add(id)
    const { result, space, entries = [] } = await plan.run(this as never as api.HamletApi)
    if (space !== undefined) {
      const { publicKey, label } = client
      const atMs = this.world.nowMs()
      const { operation } = call
      const record = { id, operation, person: this.id, publicKey, label, atMs, entries }
      this.#operations.unshift({ record, space })
    }
    return { id, recorded: space !== undefined, result }
  }

  async clientOperations(
    space: string,
    query: { readonly limit?: number; readonly before?: string } = {},
  ): Promise<api.RecordedOperationPage> {
    const { limit = PAGE_LENGTH, before } = query
    const here = this.#operations.filter((each) => each.space === space)
    const from = before === undefined ? 0 : here.findIndex(({ record }) => record.id === before) + 1
    const page = here.slice(from, from + limit)
    const operations = page.map(({ record }) => record)
    const last = page.at(-1)?.record.id
    return from + limit < here.length ? { operations, before: last! } : { operations }
  }

  #find(publicKey: string): StoredClient | undefined {
    return this.#clients.find((client) => client.publicKey === publicKey)
  }

  #show({ revoked, ...client }: StoredClient): api.ApiClient {
    const { expiresAtMs = Infinity } = client
    const isExpired = expiresAtMs <= this.world.nowMs()
    return { ...client, state: revoked ? 'revoked' : isExpired ? 'expired' : 'valid' }
  }
}

function textToCall(text: string): { operation: string; space?: string; data: unknown } {
  try {
    const { operation, space, data } = JSON.parse(text) as Record<string, unknown>
    const where = typeof space === 'string' ? { space } : {}
    return { operation: String(operation), ...where, data }
  } catch {
    throw new HamletError('OPERATION_MALFORMED', 'not an operation')
  }
}
