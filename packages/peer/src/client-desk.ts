/**
 * Programs with keys of their own that sign for this person: certified, listed, revoked, and what they ask for done
 * once (`docs/design/013-client-operations.md`).
 *
 * Invariants:
 * 1. Nothing is done for an operation before everything about it was judged, and before it is durable that it was taken
 *    up. So it is done at most once, whatever crashes.
 * 2. What a client asked for is in the log of this device before the client is told, unless the reply says otherwise.
 */

import {
  bytesToBase64,
  bytesToHex,
  checkName,
  errorCode,
  hexToBytes,
  normalizeName,
  parseId,
} from '@hamlet/core'
import type { EntryId } from '@hamlet/core'
import type {
  ApiClient,
  CertifiedClient,
  ClientInput,
  HamletApi,
  OperationReply,
  RecordedOperation,
  RecordedOperationPage,
  SignedOperationInput,
} from '@hamlet/http/api'
import { planOperation } from '@hamlet/http/operations'
import type { OperationOutcome, OperationPlan } from '@hamlet/http/operations'
import {
  certifyClient,
  clientOperationId,
  decodeSignedOperation,
  encodeClientCertificate,
  openClientCertificate,
  readClientOperation,
  verifyClientOperation,
} from '@hamlet/identity'
import type { ClientCertificate, ClientOperation, SignedOperationBytes } from '@hamlet/identity'
import { ClientBook } from './client-book.ts'
import {
  clientOperationDraft,
  listOperations,
  OPERATION_ENTRIES_MAX,
  seenClients,
} from './client-view.ts'
import type { TakenOperation } from './client-view.ts'
import { ClientRevocations } from './client-revocations.ts'
import { PeerError } from './errors.ts'
import type { PeerErrorCode } from './errors.ts'
import { OperationBook, OPERATION_WINDOW_MS } from './operation-book.ts'
import type { PeerIdentity } from './peer-identity.ts'
import type { PeerPorts } from './peer-ports.ts'
import type { SpaceRegistry } from './space-registry.ts'
import type { SpaceRuntime } from './space-runtime.ts'

const PAGE_LENGTH = 50
const KEY_PATTERN = /^(?:[0-9a-f]{64}|04[0-9a-f]{128})$/
const ED25519_DIGITS = 64

export interface ClientHost {
  readonly ports: PeerPorts
  readonly identity: PeerIdentity
  readonly spaces: SpaceRegistry
  /** Does what is asked for, as this person. */
  api(): HamletApi
}

/** An operation that may be done. */
interface Admitted {
  readonly id: string
  readonly operation: ClientOperation
  readonly signed: SignedOperationBytes
  readonly plan: OperationPlan
}

export class ClientDesk {
  readonly #host: ClientHost
  readonly #revocations: ClientRevocations
  #clients: Promise<ClientBook> | undefined
  #operations: Promise<OperationBook> | undefined
  #closed = false

  constructor(host: ClientHost) {
    this.#host = host
    this.#revocations = new ClientRevocations({
      ports: host.ports,
      person: () => host.identity.current.person,
      runtimes: () => this.#runtimes(),
      book: () => this.#clientBook(),
    })
  }

  /** The person's spaces, or who is in them, changed. */
  spacesChanged(): void {
    this.#revocations.changed()
  }

  /** Those certified here, then those that other devices certified and that have asked for something. */
  async list(): Promise<readonly ApiClient[]> {
    const { person } = this.#host.identity.current
    const book = await this.#clientBook()
    const certificates = new Map<string, ClientCertificate>()
    const usedMs = new Map<string, number>()
    for (const bytes of book.value.certificates) this.#note(certificates, bytes)
    for (const runtime of this.#runtimes()) {
      for (const { publicKey, certificate, newestMs } of await seenClients(
        runtime.clients,
        person,
      )) {
        this.#note(certificates, certificate)
        usedMs.set(publicKey, Math.max(usedMs.get(publicKey) ?? 0, newestMs))
      }
    }
    const revoked = await this.#revocations.all()
    return [...certificates].map(([publicKey, certificate]) => {
      return this.#toClient(certificate, revoked.has(publicKey), usedMs.get(publicKey))
    })
  }

  /** @throws PeerError `CLIENT_KEY_REFUSED`, `CLIENTS_FULL`, `NAME_INVALID`, `WORDS_NEEDED`, `WORDS_OTHER_PERSON` */
  async certify(input: ClientInput): Promise<CertifiedClient> {
    const { ports, identity } = this.#host
    const publicKey = this.#toKey(input.publicKey)
    if ((await this.#revocations.all()).has(input.publicKey)) {
      throw new PeerError('CLIENT_KEY_REFUSED', 'This key was revoked. Make another one.')
    }
    const label = toLabel(input.label)
    const { rootSigner, person } = identity.personKeys(input.words)
    const algorithm = publicKey.length === ED25519_DIGITS / 2 ? 'ed25519' : 'p256'
    const createdAtMs = ports.clock.wall()
    const { expiresAtMs } = input
    const facts = { person, algorithm, publicKey, label, createdAtMs, expiresAtMs } as const
    const bytes = encodeClientCertificate(certifyClient(rootSigner, facts))
    const opened = openClientCertificate(ports.crypto, bytes)
    if (!opened.ok) {
      const message = 'This is not the public key of a client.'
      throw new PeerError('CLIENT_KEY_REFUSED', message, { cause: opened.error })
    }
    await (await this.#clientBook()).certified(bytes)
    return {
      ...{ publicKey: input.publicKey, label, person, device: identity.current.device },
      certificate: bytesToBase64(bytes),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    }
  }

  /** Remembered here and told in every space, so that the person's other devices refuse the client too. */
  async revoke(text: string): Promise<ApiClient> {
    const known = (await this.list()).find(({ publicKey }) => publicKey === text)
    if (known === undefined) {
      throw new PeerError('CLIENT_NOT_FOUND', 'You have no client with that public key.')
    }
    await this.#revocations.revoke(text)
    return { ...known, state: 'revoked' }
  }

  /**
   * @throws OperationError, ApiError `OPERATION_UNKNOWN`, `OPERATION_DATA_INVALID`, PeerError `OPERATION_…`, and what the
   * API throws for what was asked
   */
  async submit(request: SignedOperationInput): Promise<OperationReply> {
    const admitted = await this.#admit(request)
    const { id, operation, plan } = admitted
    const spending = await (await this.#operationBook()).spend(id, operation.atMs)
    if (spending === 'stale') throw this.#stale()
    if (spending === 'replayed') {
      throw refused('OPERATION_REPLAYED', 'This operation was done already.', { operation: id })
    }
    const outcome = await plan.run(this.#host.api())
    return { id, recorded: await this.#record(admitted, outcome), result: outcome.result }
  }

  async operations(
    space: string,
    query: { readonly limit?: number; readonly before?: string },
  ): Promise<RecordedOperationPage> {
    const { limit = PAGE_LENGTH, before } = query
    const runtime = this.#host.spaces.get(space).runtime
    const found = await listOperations(runtime.clients, limit + 1, before)
    const page = found.slice(0, limit)
    const operations = page.map(toRecorded)
    const last = page.at(-1)
    const hasMore = found.length > limit && last !== undefined
    return { operations, ...(hasMore ? { before: last.place } : {}) }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#revocations.close()
    await (await this.#operations?.catch(() => undefined))?.close()
  }

  /** Everything that can be said against an operation before it is taken up. */
  async #admit(request: SignedOperationInput): Promise<Admitted> {
    const parts = decodeSignedOperation(request)
    if (!parts.ok) throw parts.error
    const read = readClientOperation(parts.value.operation)
    if (!read.ok) throw read.error
    const [signed, operation] = [parts.value, read.value]
    const certificate = await this.#openCertificate(signed.certificate)
    this.#judgeParties(certificate, operation)
    const nowMs = this.#host.ports.clock.wall()
    const { crypto } = this.#host.ports
    if (!verifyClientOperation(crypto, certificate, signed.operation, signed.signature, nowMs)) {
      const message = 'The signature is not one of this certificate over this operation.'
      throw refused('OPERATION_BAD_SIGNATURE', message)
    }
    if ((await this.#operationBook()).isStale(operation.atMs)) throw this.#stale()
    const id = clientOperationId(crypto, signed.operation)
    return { id, operation, signed, plan: planOperation({ ...operation, id }) }
  }

  async #openCertificate(bytes: Uint8Array): Promise<ClientCertificate> {
    const { crypto, clock } = this.#host.ports
    const opened = openClientCertificate(crypto, bytes)
    if (!opened.ok) {
      const { message } = opened.error
      throw new PeerError('OPERATION_CERTIFICATE_BAD', message, { cause: opened.error })
    }
    const { expiresAtMs, publicKey } = opened.value
    if (expiresAtMs !== undefined && expiresAtMs <= clock.wall()) {
      throw refused('OPERATION_CERTIFICATE_EXPIRED', 'The certificate has expired.', {
        expiresAtMs,
      })
    }
    if ((await this.#revocations.all()).has(bytesToHex(publicKey))) {
      throw refused('OPERATION_CLIENT_REVOKED', 'This client was revoked.')
    }
    return opened.value
  }

  #judgeParties(certificate: ClientCertificate, operation: ClientOperation): void {
    const { person, device } = this.#host.identity.current
    if (certificate.person !== person || operation.person !== certificate.person) {
      const message = 'This peer takes operations in the name of its own person only.'
      throw refused('OPERATION_WRONG_PERSON', message)
    }
    if (operation.device !== device) {
      throw refused('OPERATION_WRONG_DEVICE', 'This operation is meant for another device.')
    }
  }

  #stale(): PeerError {
    const message = `An operation has to be signed within ${OPERATION_WINDOW_MS / 60_000} minutes of now.`
    return refused('OPERATION_STALE', message, { nowMs: this.#host.ports.clock.wall() })
  }

  async #record({ signed, operation }: Admitted, outcome: OperationOutcome): Promise<boolean> {
    const { ports, spaces } = this.#host
    const { space, entries = [] } = outcome
    if (space === undefined) return false
    try {
      const ids = entries
        .flatMap((each) => parseId<EntryId>(each) ?? [])
        .slice(0, OPERATION_ENTRIES_MAX)
      await spaces.get(space).runtime.write(clientOperationDraft({ ...signed, entries: ids }))
      return true
    } catch (error) {
      const fields = { operation: operation.operation, code: errorCode(error) }
      ports.logger.warn('the operation of a client was done and is not on record', fields)
      return false
    }
  }

  #toKey(text: string): Uint8Array {
    if (KEY_PATTERN.test(text)) return hexToBytes(text)
    throw new PeerError('CLIENT_KEY_REFUSED', 'Expected a public key of 64 or 130 hex digits.')
  }

  #note(certificates: Map<string, ClientCertificate>, bytes: Uint8Array): void {
    const opened = openClientCertificate(this.#host.ports.crypto, bytes)
    const { person } = this.#host.identity.current
    if (!opened.ok || opened.value.person !== person) return
    const key = bytesToHex(opened.value.publicKey)
    const known = certificates.get(key)
    if (known === undefined || known.createdAtMs < opened.value.createdAtMs) {
      certificates.set(key, opened.value)
    }
  }

  #toClient(
    certificate: ClientCertificate,
    isRevoked: boolean,
    lastUsedMs: number | undefined,
  ): ApiClient {
    const { publicKey, algorithm, label = '', createdAtMs, expiresAtMs } = certificate
    const isExpired = expiresAtMs !== undefined && expiresAtMs <= this.#host.ports.clock.wall()
    return {
      ...{ publicKey: bytesToHex(publicKey), algorithm, label, createdAtMs },
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      state: isRevoked ? 'revoked' : isExpired ? 'expired' : 'valid',
      ...(lastUsedMs === undefined ? {} : { lastUsedMs }),
    }
  }

  #runtimes(): readonly SpaceRuntime[] {
    return this.#host.spaces.all().map(({ runtime }) => runtime)
  }

  #clientBook(): Promise<ClientBook> {
    this.#clients ??= retried(ClientBook.open(this.#host.ports.disk), () => {
      this.#clients = undefined
    })
    return this.#clients
  }

  #operationBook(): Promise<OperationBook> {
    if (this.#closed) throw new PeerError('PEER_CLOSED', 'The peer is closing.')
    this.#operations ??= retried(OperationBook.open(this.#host.ports), () => {
      this.#operations = undefined
    })
    return this.#operations
  }
}

function toRecorded(taken: TakenOperation): RecordedOperation {
  const { id, operation, person, publicKey, label = '', atMs, entries } = taken
  return { id, operation, person, publicKey, label, atMs, entries }
}

/** What cannot be opened now is tried again when it is next asked for. */
async function retried<T>(opening: Promise<T>, forget: () => void): Promise<T> {
  try {
    return await opening
  } catch (error) {
    forget()
    throw error
  }
}

function toLabel(text: string): string {
  const checked = checkName(normalizeName(text))
  if (checked.ok) return checked.value
  throw new PeerError('NAME_INVALID', 'A label needs 1 to 200 bytes of visible text on one line.', {
    cause: checked.error,
  })
}

function refused(
  code: PeerErrorCode,
  message: string,
  fields: Readonly<Record<string, string | number>> = {},
): PeerError {
  return new PeerError(code, message, { fields })
}
