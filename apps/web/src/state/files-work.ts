/**
 * The files of the spaces: what is asked of the peer, and every action on a share.
 *
 * An action shows its result at once and tells the peer; when that fails, what the peer has is loaded again and the person
 * is told. Events say only that something changed: what is on the screen is then asked for again, each thing once a
 * second at most, and long lists of files more seldom.
 */

import type {
  FilePriority,
  FilesApi,
  Share,
  ShareDetail,
  ShareLink,
  Transfer,
  TransferLimits,
  TransferOptions,
} from '@hamlet/http/api'
import { fileErrorWords, isFileError } from '../files/file-errors.ts'
import type { ShareFilter } from '../files/share-filter.ts'
import type { Texts } from '../i18n/en.ts'
import type { AppState } from './app-state.ts'
import { codeOf } from './error-words.ts'
import { BY_LINK, withList, withoutTransfer, withShare, withTransfer } from './files-state.ts'
import type { FilesState } from './files-state.ts'
import type { NoticeBoard } from './notice-board.ts'
import type { Observed } from './observable.ts'
import type { PageFiles } from './page-files.ts'
import type { UploadPlan } from './upload-job.ts'
import { UploadWork } from './upload-work.ts'

export interface FilesWorkParts {
  readonly api: FilesApi
  readonly files: PageFiles
  readonly state: Observed<AppState>
  readonly notices: NoticeBoard
  readonly texts: () => Texts
  /** A load in the background under a name, one at a time. */
  load(name: string, load: () => Promise<void>, gapMs: number): Promise<void>
  /** Tells the person that a change of the files failed, in the words for all errors. */
  onError(error: unknown): void
}

const GAP_MS = 1000
/** As often as the peer says that something moved. */
const TRANSFERS_GAP_MS = 500
/** So many files of a share are asked for again in a second. */
const FILES_PER_SECOND = 2000

export class FilesWork {
  readonly #parts: FilesWorkParts
  readonly #uploads: UploadWork

  constructor(parts: FilesWorkParts) {
    this.#parts = parts
    this.#uploads = new UploadWork({
      api: parts.api,
      files: parts.files,
      change: (change) => this.#change((files) => ({ ...files, uploads: change(files.uploads) })),
      onShared: (share) => this.#shared(share),
      onCancelled: (name) => this.#say((texts) => texts.upload.cancelled(name)),
    })
  }

  /** A list of shares: of a space, or `BY_LINK`. */
  open(list: string): void {
    this.#change((files) => withList(files, list, (shares) => ({ ...shares })))
    void this.#loadList(list)
    this.loadTransfers()
  }

  setFilter(list: string, filter: ShareFilter): void {
    this.#change((files) => withList(files, list, (shares) => ({ ...shares, filter })))
    if (filter.shown === 'removed') void this.#loadRemoved(list)
    if (filter.shown === 'links') void this.#loadList(BY_LINK)
  }

  openShare(share: string): void {
    void this.#loadDetail(share)
    this.loadTransfers()
  }

  /** Shares that are closed are not kept fresh. */
  closeShare(share: string): void {
    this.#change((files) => {
      const { [share]: _closed, ...details } = files.details
      return { ...files, details }
    })
  }

  loadTransfers(): void {
    void this.#parts.load('transfers', () => this.#fetchTransfers(), TRANSFERS_GAP_MS)
  }

  /** Shares changed, or who holds them; `list` undefined: in all of them. */
  refresh(list?: string): void {
    const { lists, details, storage } = this.#files
    for (const name of Object.keys(lists)) {
      if (list !== undefined && name !== list) continue
      void this.#loadList(name)
      if (lists[name]?.removed !== undefined) void this.#loadRemoved(name)
    }
    for (const share of Object.keys(details)) void this.#loadDetail(share)
    if (storage !== undefined) this.openStorage()
  }

  refreshAll(): void {
    this.refresh()
    this.loadTransfers()
  }

  /** Something came or went: what is on the screen of it too. */
  refreshTransfers(): void {
    this.loadTransfers()
    for (const share of Object.keys(this.#files.details)) void this.#loadDetail(share)
  }

  openStorage(): void {
    void this.#parts.load(
      'file storage',
      async () => {
        const [limits, storage] = await Promise.all([
          this.#parts.api.transferLimits(),
          this.#parts.api.fileStorage(),
        ])
        this.#change((files) => ({ ...files, limits, storage }))
      },
      GAP_MS,
    )
  }

  setLimits(limits: Partial<TransferLimits>): Promise<boolean> {
    return this.#act(async () => {
      const now = await this.#parts.api.setTransferLimits(limits)
      this.#change((files) => ({ ...files, limits: now }))
      this.#say((texts) => texts.fileSettings.saved)
    })
  }

  /** Shares what a person has dropped or chosen. */
  upload(plans: readonly UploadPlan[]): void {
    for (const plan of plans) this.#uploads.add(plan)
  }

  retryUpload(id: number): void {
    this.#uploads.retry(id)
  }

  cancelUpload(id: number): void {
    void this.#uploads.cancel(id)
  }

  start(share: string, options: TransferOptions = {}): Promise<boolean> {
    return this.#transfer((api) => api.startTransfer(share, options))
  }

  pause(share: string): Promise<boolean> {
    this.#mark(share, 'paused')
    return this.#transfer((api) => api.pauseTransfer(share))
  }

  resume(share: string): Promise<boolean> {
    this.#mark(share, 'loading')
    return this.#transfer((api) => api.resumeTransfer(share))
  }

  stop(share: string): Promise<boolean> {
    this.#change((files) => withoutTransfer(files, share))
    return this.#act(() => this.#parts.api.cancelTransfer(share))
  }

  /** Of a file, or of everything in a folder. */
  setPriority(
    share: string,
    path: string,
    priority: FilePriority,
    isFolder: boolean,
  ): Promise<boolean> {
    this.#change((files) => withPriority(files, share, path, priority))
    return this.#transfer((api) =>
      isFolder
        ? api.startTransfer(share, { select: [path], priority })
        : api.setFilePriority(share, path, priority),
    )
  }

  pin(share: Share, isPinned: boolean): Promise<boolean> {
    return this.#edit(share, { isPinned }, (api) => api.pinShare(share.id, isPinned))
  }

  free(share: Share): Promise<boolean> {
    return this.#edit(share, { heldBytes: 0 }, async (api) => {
      const freed = await api.forgetShareBytes(share.id)
      this.#say((texts) => texts.files.freedNow(share.name))
      return freed
    })
  }

  rename(share: Share, name: string): Promise<boolean> {
    return this.#edit(share, { name }, (api) => api.renameShare(share.id, name))
  }

  /** At once, with a way back. */
  async remove(share: Share): Promise<void> {
    await this.#edit(share, { isRemoved: true }, async (api) => {
      await api.removeShare(share.id)
      const { files } = this.#parts.texts()
      const words = share.space === undefined ? files.removedHere : files.removedNow
      const undo = () => void this.restore(share)
      this.#parts.notices.show({ tone: 'plain', text: words(share.name), undo })
    })
  }

  async restore(share: Share): Promise<void> {
    await this.#edit(share, { isRemoved: false }, async (api) => {
      const restored = await api.restoreShare(share.id)
      this.#say((texts) => texts.files.restoredNow(share.name))
      return restored
    })
  }

  /** Undefined when it failed, and the person was told. */
  async link(share: string): Promise<ShareLink | undefined> {
    let link: ShareLink | undefined
    await this.#act(async () => {
      link = await this.#parts.api.shareLink(share)
    })
    return link
  }

  /** The share of a link; a failure is the caller's to put into words. */
  async openLink(link: string): Promise<Share> {
    const share = await this.#parts.api.openShareLink(link)
    this.open(BY_LINK)
    return share
  }

  #shared(share: Share): void {
    this.#change((files) =>
      withList(files, share.space ?? BY_LINK, (list) => ({
        ...list,
        ...(list.shares === undefined ? {} : { shares: [share, ...list.shares] }),
      })),
    )
    const text = this.#parts.texts().files.sharedNow(share.name)
    this.#parts.notices.show({ tone: 'plain', text, undo: () => void this.remove(share) })
    this.refresh(share.space ?? BY_LINK)
  }

  /** Shows a change of a share at once, and then what the peer made of it. */
  #edit(
    share: Share,
    patch: Partial<Share>,
    ask: (api: FilesApi) => Promise<Share | void>,
  ): Promise<boolean> {
    this.#change((files) => withShare(files, share.id, () => patch))
    return this.#act(async () => {
      const changed = await ask(this.#parts.api)
      if (changed !== undefined) this.#change((files) => withShare(files, share.id, () => changed))
    })
  }

  #transfer(ask: (api: FilesApi) => Promise<Transfer>): Promise<boolean> {
    return this.#act(async () => {
      const transfer = await ask(this.#parts.api)
      this.#change((files) => withTransfer(files, transfer))
    })
  }

  /** Whether it worked or not, what the peer has is loaded afterwards. */
  async #act(action: () => Promise<void>): Promise<boolean> {
    try {
      await action()
      return true
    } catch (error) {
      this.#report(error)
      return false
    } finally {
      this.refreshAll()
    }
  }

  /** What is particular to files has words of its own; the connection is watched by the store. */
  #report(error: unknown): void {
    const code = codeOf(error)
    if (!isFileError(code) || code === 'PEER_UNREACHABLE') this.#parts.onError(error)
    else {
      const text = fileErrorWords(code, this.#parts.texts())
      this.#parts.notices.show({ tone: 'danger', text })
    }
  }

  #loadList(list: string): Promise<void> {
    return this.#parts.load(`shares ${list}`, () => this.#fetchList(list), GAP_MS)
  }

  async #fetchList(list: string): Promise<void> {
    try {
      const shares = await this.#parts.api.shares(list === BY_LINK ? undefined : list)
      this.#change((files) => withList(files, list, (old) => ({ ...old, failed: false, shares })))
    } catch (error) {
      this.#change((files) =>
        withList(files, list, (old) => ({ ...old, failed: old.shares === undefined })),
      )
      throw error
    }
  }

  #loadRemoved(list: string): Promise<void> {
    return this.#parts.load(
      `removed shares ${list}`,
      async () => {
        const space = list === BY_LINK ? undefined : list
        const all = await this.#parts.api.shares(space, { removed: true })
        const removed = all.filter(({ isRemoved }) => isRemoved)
        this.#change((files) => withList(files, list, (old) => ({ ...old, removed })))
      },
      GAP_MS,
    )
  }

  #loadDetail(share: string): Promise<void> {
    const known = this.#files.details[share]
    const count = typeof known === 'object' ? known.fileCount : 0
    const gapMs = Math.max(GAP_MS, (1000 * count) / FILES_PER_SECOND)
    return this.#parts.load(`share ${share}`, () => this.#fetchDetail(share), gapMs)
  }

  async #fetchDetail(share: string): Promise<void> {
    try {
      this.#setDetail(share, await this.#parts.api.shareDetail(share))
    } catch (error) {
      if (this.#files.details[share] === undefined) this.#setDetail(share, 'failed')
      throw error
    }
  }

  #setDetail(share: string, detail: ShareDetail | 'failed'): void {
    this.#change((files) => ({ ...files, details: { ...files.details, [share]: detail } }))
  }

  async #fetchTransfers(): Promise<void> {
    const before = this.#files.transfers ?? []
    const transfers = await this.#parts.api.transfers()
    this.#change((files) => ({ ...files, transfers }))
    const isMoved = ({ share, state }: Transfer): boolean =>
      before.find((other) => other.share === share)?.state !== state
    // What has begun or ended also changes what a list says.
    if (transfers.some(isMoved) && before.length > 0) this.refresh()
  }

  #mark(share: string, state: Transfer['state']): void {
    this.#change((files) => {
      const transfer = files.transfers?.find((each) => each.share === share)
      return transfer === undefined ? files : withTransfer(files, { ...transfer, state })
    })
  }

  #say(words: (texts: Texts) => string): void {
    this.#parts.notices.show({ tone: 'plain', text: words(this.#parts.texts()) })
  }

  get #files(): FilesState {
    return this.#parts.state.get().files
  }

  #change(change: (files: FilesState) => FilesState): void {
    this.#parts.state.update((state) => {
      const files = change(state.files)
      return files === state.files ? state : { ...state, files }
    })
  }
}

function withPriority(
  files: FilesState,
  share: string,
  path: string,
  priority: FilePriority,
): FilesState {
  const detail = files.details[share]
  if (typeof detail !== 'object' || detail.files === undefined) return files
  const changed = detail.files.map((file) =>
    file.path === path || file.path.startsWith(`${path}/`) ? { ...file, priority } : file,
  )
  return { ...files, details: { ...files.details, [share]: { ...detail, files: changed } } }
}
