/** The files part of `HamletApi`, each call handed to its desk. */

import type * as Api from '@hamlet/http/api'
import { ClientPeer } from '../client-peer.ts'
import type { OpenSpace } from '../space-registry.ts'
import type { PeerFiles } from './peer-files.ts'

/** What of `FilesApi` a peer does. */

export abstract class FilesPeer extends ClientPeer implements Api.FilesApi, Api.AttachmentsApi {
  protected abstract readonly files: PeerFiles
  /** @throws PeerError `SPACE_NOT_FOUND`, `SPACE_UNUSABLE` */
  protected abstract spaceOf(space: string): OpenSpace

  async shares(
    space?: string,
    options: { readonly removed?: boolean } = {},
  ): Promise<readonly Api.Share[]> {
    return await this.files.desk.shares(space, options)
  }

  async shareDetail(share: string): Promise<Api.ShareDetail> {
    return await this.files.desk.shareDetail(share)
  }

  async sharedFile(share: string, path: string): Promise<Api.SharedFile> {
    return await this.files.desk.sharedFile(share, path)
  }

  async startUpload(input: Api.UploadInput): Promise<Api.Upload> {
    return await this.files.desk.startUpload(input)
  }

  async putFile(
    upload: string,
    path: string,
    content: AsyncIterable<Uint8Array>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Api.Upload> {
    return await this.files.desk.uploads.put(upload, path, content, options.signal)
  }

  async finishUpload(upload: string): Promise<Api.Share> {
    return await this.files.desk.finishUpload(upload)
  }

  async cancelUpload(upload: string): Promise<void> {
    await this.files.desk.uploads.cancel(upload)
  }

  async openShareLink(link: string): Promise<Api.Share> {
    return await this.files.desk.openShareLink(link)
  }

  async shareLink(share: string): Promise<Api.ShareLink> {
    return this.files.desk.shareLink(share)
  }

  async renameShare(share: string, name: string): Promise<Api.Share> {
    return await this.files.desk.renameShare(share, name)
  }

  async removeShare(share: string): Promise<void> {
    await this.files.desk.removeShare(share)
  }

  async restoreShare(share: string): Promise<Api.Share> {
    return await this.files.desk.restoreShare(share)
  }

  async pinShare(share: string, isPinned: boolean): Promise<Api.Share> {
    return await this.files.desk.pinShare(share, isPinned)
  }

  async forgetShareBytes(share: string): Promise<Api.Share> {
    return await this.files.desk.forgetShareBytes(share)
  }

  async startTransfer(share: string, options?: Api.TransferOptions): Promise<Api.Transfer> {
    return await this.files.desk.startTransfer(share, options)
  }

  async transfers(): Promise<readonly Api.Transfer[]> {
    return this.files.desk.transfers()
  }

  async pauseTransfer(share: string): Promise<Api.Transfer> {
    return await this.files.desk.pauseTransfer(share)
  }

  async resumeTransfer(share: string): Promise<Api.Transfer> {
    return await this.files.desk.resumeTransfer(share)
  }

  async cancelTransfer(share: string): Promise<void> {
    await this.files.desk.cancelTransfer(share)
  }

  async setFilePriority(
    share: string,
    path: string,
    priority: Api.FilePriority,
  ): Promise<Api.Transfer> {
    return await this.files.desk.setFilePriority(share, path, priority)
  }

  readFile(share: string, path: string, span: Api.ByteSpan = {}): AsyncIterable<Uint8Array> {
    return this.files.desk.readFile(share, path, span)
  }

  async shareBlobs(share: string): Promise<readonly Api.ShareBlob[]> {
    return await this.files.desk.shareBlobs(share)
  }

  readShareBlob(share: string, blob: string, span: Api.ByteSpan = {}): AsyncIterable<Uint8Array> {
    return this.files.desk.readShareBlob(share, blob, span)
  }

  async transferLimits(): Promise<Api.TransferLimits> {
    return this.files.desk.transferLimits()
  }

  async setTransferLimits(limits: Partial<Api.TransferLimits>): Promise<Api.TransferLimits> {
    return await this.files.desk.setTransferLimits(limits)
  }

  async fileStorage(): Promise<Api.FileStorage> {
    return this.files.desk.fileStorage()
  }

  async trackers(): Promise<readonly Api.KnownTracker[]> {
    return this.files.desk.trackers.list()
  }

  async addTracker(url: string): Promise<Api.KnownTracker> {
    return await this.files.desk.trackers.add(url)
  }

  async removeTracker(url: string): Promise<void> {
    await this.files.desk.trackers.remove(url)
  }

  async standing(space: string, person?: string): Promise<readonly Api.PersonStanding[]> {
    return await this.files.desk.standing(space, person)
  }

  async exportReceipts(space: string): Promise<string> {
    return await this.files.desk.exportReceipts(space)
  }

  async prepareFile(
    space: string,
    name: string,
    content: AsyncIterable<Uint8Array>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Api.PreparedFile> {
    return await this.files.attachments.prepare(space, name, content, options.signal)
  }

  async attachToExpense(
    space: string,
    expense: string,
    prepared: string,
  ): Promise<Api.ExpenseDetail> {
    return await this.files.attachToExpense(this.spaceOf(space), expense, prepared)
  }

  async detachFromExpense(
    space: string,
    expense: string,
    attached: string,
  ): Promise<Api.ExpenseDetail> {
    return await this.ledgerOf(space).detach(expense, attached)
  }

  readAttachment(space: string, id: string, span: Api.ByteSpan = {}): AsyncIterable<Uint8Array> {
    return this.files.attachments.read(space, id, span)
  }
}
