/** Writing content: as it comes, once under a key of the client's choice, or again what was set aside. */

import type { EntryId } from '@hamlet/core'
import { SpaceError } from './errors.ts'
import { OnceBook } from './once-book.ts'
import { encodeContent } from './payload.ts'
import { listSetAside } from './set-aside.ts'
import type { SetAside } from './set-aside.ts'
import type { SpaceCore } from './space-core.ts'
import type { SpaceWriter } from './space-writer.ts'
import type { ContentDraft, Entry } from './types.ts'

/** With `salt`: under that one instead of a random one. */
interface Content {
  readonly type: string
  readonly content: Uint8Array
  readonly salt?: Uint8Array
}

export class ContentWriter {
  readonly #core: SpaceCore
  readonly #writer: SpaceWriter
  readonly #once: OnceBook

  constructor(core: SpaceCore, writer: SpaceWriter) {
    this.#core = core
    this.#writer = writer
    this.#once = new OnceBook(core)
  }

  /** All of them or none. */
  async append(drafts: readonly ContentDraft[]): Promise<readonly Entry[]> {
    const entries = await this.#submit(drafts.map(contentOf))
    return entries.filter(({ epoch }) => epoch !== undefined)
  }

  appendOnce(key: string, draft: () => Promise<ContentDraft>): Promise<Entry> {
    return this.#once.write(key, async (salt) => {
      const entries = await this.#submit([{ ...contentOf(await draft()), salt }])
      return entries.at(-1)!
    })
  }

  setAside(): SetAside[] {
    const { graph, keys, tracks, ports } = this.#core
    return listSetAside({ crypto: ports.crypto, graph, keys, tracks })
  }

  /** Under one's own name, in the order in which it was written. */
  async adopt(ids: readonly EntryId[]): Promise<readonly Entry[]> {
    const wanted = this.setAside().filter(({ id }) => ids.includes(id))
    const contents = wanted.flatMap(({ content }) => content ?? [])
    if (wanted.length < ids.length || contents.length < wanted.length) {
      throw new SpaceError('SPACE_NOT_SET_ASIDE', 'no such readable entry was set aside')
    }
    return this.append(contents)
  }

  #submit(contents: readonly Content[]): Promise<readonly Entry[]> {
    return this.#writer.submit((view) => {
      view.author()
      return contents.map((content) => ({ kind: 'content', ...content }))
    })
  }
}

function contentOf(draft: ContentDraft): Content {
  return { type: draft.type, content: encodeContent(draft) }
}
