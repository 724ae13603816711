/**
 * A witness: of each log it knows it keeps the newest checkpoint, and cosigns another one only when that provably continues
 * the log (C2SP tlog-witness).
 *
 * The idea: an author who shows two people two histories has to get both past the same witness, which keeps a few hundred
 * bytes per log and sees none of its entries. Members of a group are each other's witnesses.
 *
 * On the disk, one file per log, named by the SHA-256 of its origin: the signed note with the log's signatures and this
 * witness's. It is at once what tlog-witness lets a witness serve to monitors.
 *
 * Invariants:
 * 1. A checkpoint is durable before its cosignature leaves: no crash makes a witness forget what it has signed.
 * 2. Requests for one log are judged one after the other, from looking at the last checkpoint to replacing it.
 * 3. A file that cannot be read as our own is an error, never the same as none.
 * 4. Times never go back, whatever the clock does.
 */

import { assert, bytesToHex, equalBytes, utf8 } from '@hamlet/core'
import { LogError } from '../errors.ts'
import { verifyConsistency } from '../proofs.ts'
import { openNote, parseCheckpointBody, parseNote, renderNote } from '../signed-note.ts'
import { TreeHasher } from '../tree.ts'
import { cosign, cosignerKeyOf, renderSignatures, verifyCosignature } from './cosignature.ts'
import { answerOf, conflictOf, decodeAddCheckpoint } from './witness-messages.ts'
import type { Clock, Crypto, Disk, Signer } from '@hamlet/core'
import type { CheckpointBody, NoteKey, SignedNote } from '../signed-note.ts'
import type { CosignerKey } from './cosignature.ts'
import type { DecodedAddCheckpoint, WitnessAnswer } from './witness-messages.ts'

export interface WitnessOptions {
  readonly crypto: Crypto
  readonly clock: Clock
  readonly disk: Disk
  /** On the disk, of this witness alone. */
  readonly directory: string
  readonly name: string
  /** For this purpose only, see `cosignerSigner`. */
  readonly signer: Signer
  /** The keys of a log by its origin; none for a log that this witness does not look after. */
  readonly keysOf: (origin: string) => readonly NoteKey[]
}

/** The last checkpoint of a log that was cosigned. */
interface Kept {
  readonly note: SignedNote
  readonly body: CheckpointBody
  readonly timeS: number
}

export class Witness {
  readonly key: CosignerKey
  readonly #options: WitnessOptions
  readonly #hasher: TreeHasher
  readonly #kept = new Map<string, Kept | undefined>()
  readonly #last = new Map<string, Promise<unknown>>()

  constructor(options: WitnessOptions) {
    this.#options = options
    this.key = cosignerKeyOf(options.crypto, options.name, options.signer.publicKey)
    this.#hasher = new TreeHasher(options.crypto)
  }

  /** Answers the body of a request. @throws LogError `LOG_DAMAGED` when its own file is; StoreError */
  async addCheckpoint(request: Uint8Array): Promise<WitnessAnswer> {
    const decoded = decodeAddCheckpoint(request)
    if (!decoded) return answerOf(400, 'expected an add-checkpoint request\n')
    const { origin } = decoded.body
    const keys = this.#options.keysOf(origin)
    if (keys.length === 0) return answerOf(404, 'the log is not known here\n')
    const opened = openNote(this.#options.crypto, decoded.checkpoint, keys)
    assert(opened.ok || opened.reason !== 'ambiguous-key', 'a log has each key once')
    if (!opened.ok) return answerOf(403, 'the checkpoint is not signed by its log\n')
    const signed = { text: opened.text, signatures: opened.verified }
    return this.#inTurn(origin, () => this.#judge(decoded, signed))
  }

  /**
   * The last checkpoint of a log with the log's signature and this witness's, for those who watch over it; `undefined` when
   * none was cosigned. @throws LogError `LOG_DAMAGED`; StoreError
   */
  async checkpointOf(origin: string): Promise<string | undefined> {
    const kept = await this.#inTurn(origin, () => this.#load(origin))
    return kept && renderNote(kept.note)
  }

  async #judge(request: DecodedAddCheckpoint, signed: SignedNote): Promise<WitnessAnswer> {
    const { body, oldLength } = request
    if (oldLength > body.length)
      return answerOf(400, 'the old size is above that of the checkpoint\n')
    const kept = await this.#load(body.origin)
    const keptLength = kept?.body.length ?? 0
    if (oldLength !== keptLength) return conflictOf(keptLength)
    const problem = this.#problemOf(request, kept)
    if (problem !== undefined) return answerOf(422, `${problem}\n`)
    return this.#cosign(signed, body, kept)
  }

  /** Why a checkpoint does not continue the last one. */
  #problemOf({ body, proof }: DecodedAddCheckpoint, kept: Kept | undefined): string | undefined {
    if (body.length === 0 && !equalBytes(body.root, this.#hasher.empty())) {
      return 'an empty log has another root'
    }
    const from = kept?.body.length ?? 0
    if (from === 0) return proof.length === 0 ? undefined : 'there is nothing to prove yet'
    const { crypto } = this.#options
    const claim = { from, to: body.length, fromRoot: kept!.body.root, toRoot: body.root, proof }
    return verifyConsistency(crypto, claim) ? undefined : 'the log is not what it was, continued'
  }

  async #cosign(
    signed: SignedNote,
    body: CheckpointBody,
    kept: Kept | undefined,
  ): Promise<WitnessAnswer> {
    const { crypto, clock, signer, name } = this.#options
    const nowS = Math.max(1, Math.floor(clock.wall() / 1000))
    const timeS = Math.max(nowS, kept?.timeS ?? 0)
    const line = cosign(crypto, signer, name, signed.text, timeS)
    const note = { text: signed.text, signatures: [...signed.signatures, line] }
    await this.#options.disk.write(this.#pathOf(body.origin), utf8(renderNote(note)))
    this.#kept.set(body.origin, { note, body, timeS })
    return answerOf(200, renderSignatures([line]))
  }

  async #load(origin: string): Promise<Kept | undefined> {
    if (this.#kept.has(origin)) return this.#kept.get(origin)
    const path = this.#pathOf(origin)
    const bytes = await this.#options.disk.readAll(path)
    const kept = bytes && this.#read(origin, bytes)
    if (bytes && !kept) {
      throw new LogError('LOG_DAMAGED', 'the last checkpoint that was cosigned cannot be read', {
        fields: { path },
      })
    }
    this.#kept.set(origin, kept)
    return kept
  }

  #read(origin: string, bytes: Uint8Array): Kept | undefined {
    const note = parseNote(bytes)
    const body = note && parseCheckpointBody(note.text)
    const line = note?.signatures.find(({ keyId }) => keyId === this.key.keyId)
    if (!note || body?.origin !== origin || !line) return undefined
    const timeS = verifyCosignature(this.#options.crypto, this.key, note.text, line)
    return timeS === undefined ? undefined : { note, body, timeS }
  }

  #pathOf(origin: string): string {
    return `${this.#options.directory}/${bytesToHex(this.#options.crypto.hash(utf8(origin)))}`
  }

  /** One at a time per log. */
  async #inTurn<T>(origin: string, action: () => Promise<T>): Promise<T> {
    const before = this.#last.get(origin) ?? Promise.resolve()
    const mine = before.then(action, action)
    this.#last.set(origin, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(origin) === mine) this.#last.delete(origin)
    }
  }
}
