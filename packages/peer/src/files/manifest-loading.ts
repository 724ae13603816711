/** Getting the list of files of a share that is known and was never loaded: small, and wanted before anything of it can be chosen. */

import { errorCode } from '@hamlet/core'
import type { Logger } from '@hamlet/core'
import type { KnownShare } from './known-share.ts'
import type { SwarmHub } from './swarm-hub.ts'

export class ManifestLoading {
  readonly #parts: {
    readonly hub: SwarmHub
    readonly logger: Logger
    readonly load: (share: KnownShare) => Promise<unknown>
    readonly arrived: (share: KnownShare) => void
  }
  readonly #looked = new Set<KnownShare>()

  /** `load`: begins to load the blob of the manifest. `arrived`: the list is here that somebody looked for. */
  constructor(parts: {
    readonly hub: SwarmHub
    readonly logger: Logger
    readonly load: (share: KnownShare) => Promise<unknown>
    readonly arrived: (share: KnownShare) => void
  }) {
    this.#parts = parts
  }

  /** Resolves when the list is here. @throws PeerError `SHARE_DAMAGED`; BlobError */
  async need(share: KnownShare, signal?: AbortSignal): Promise<void> {
    const { hub, load } = this.#parts
    if (share.manifest !== undefined) return
    if (!hub.store.has(share.manifestId)) {
      await load(share)
      const loading = hub.loadingOf(share.manifestId)
      await Promise.race([loading?.download.done, aborted(signal)])
    }
    await share.readManifest()
  }

  /** Somebody looks at the share: the list comes as soon as anybody has it. */
  look(share: KnownShare): void {
    if (share.manifest !== undefined || this.#looked.has(share)) return
    this.#looked.add(share)
    void this.#fetch(share)
  }

  async #fetch(share: KnownShare): Promise<void> {
    try {
      await this.need(share)
      this.#parts.arrived(share)
    } catch (error) {
      this.#parts.logger.debug('a list of files did not come', { code: errorCode(error) })
    } finally {
      this.#looked.delete(share)
    }
  }
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
