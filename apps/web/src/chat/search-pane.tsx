/** Search over all rooms of a space, in what is on this device; a hit leads to its place. */

import { Search, SearchX } from 'lucide-react'
import type { Message, MessagePage } from '@hamlet/http/api'
import { useEffect, useState } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { PaneHeader } from '../shell/pane-header.tsx'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Time } from '../ui/time.tsx'
import { MessageBody } from './message-body.tsx'
import styles from './search-pane.module.css'

const WAIT_MS = 120
const PAGE_MESSAGES = 40

export function SearchPane({ space }: { readonly space: string }) {
  const texts = useTexts()
  const [query, setQuery] = useState('')
  const results = useResults(space, query.trim())
  return (
    <>
      <PaneHeader title={texts.space.search} icon={<Search />} />
      <div className={styles.page}>
        <div className={styles.box}>
          <Search />
          <input
            type="search"
            aria-label={texts.search.label}
            placeholder={texts.search.placeholder}
            value={query}
            autoFocus
            onChange={(event) => setQuery(event.target.value)}
          />
        </div>
        {results === undefined ? (
          <p className={styles.hint}>{texts.search.hint}</p>
        ) : (
          <Results space={space} results={results} />
        )}
      </div>
    </>
  )
}

interface Found {
  readonly query: string
  readonly messages: readonly Message[]
  readonly more: (() => void) | undefined
}

function Results({ space, results }: { readonly space: string; readonly results: Found }) {
  const texts = useTexts()
  if (results.messages.length === 0) {
    return (
      <Empty
        icon={<SearchX />}
        title={texts.search.none(results.query)}
        hint={texts.search.noneHint}
      />
    )
  }
  return (
    <>
      <p className={styles.hint} role="status">
        {texts.search.results(results.messages.length)}
        {results.more !== undefined && '+'}
      </p>
      <ol className={styles.list}>
        {results.messages.map((message) => (
          <Hit key={message.id} space={space} message={message} />
        ))}
      </ol>
      {results.more !== undefined && <Button onClick={results.more}>{texts.search.more}</Button>}
    </>
  )
}

function Hit({ space, message }: { readonly space: string; readonly message: Message }) {
  const { go } = useApp()
  const texts = useTexts()
  const room = useSelect((state) =>
    (state.spaceStates[space] ?? EMPTY_SPACE).rooms?.find((r) => r.id === message.room),
  )
  return (
    <li>
      <button
        type="button"
        className={styles.hit}
        onClick={() => go({ at: 'room', space, room: message.room, message: message.id })}
      >
        <Avatar id={message.author} name={message.authorName} />
        <span className={styles.text}>
          <span className={styles.head}>
            <strong>{nameOr(message.authorName, texts)}</strong>
            <span>{texts.search.inRoom(room?.name ?? '')}</span>
            <Time atMs={message.atMs} style="list" />
          </span>
          <MessageBody text={message.text} inline />
        </span>
      </button>
    </li>
  )
}

/** Newest first. An answer to an older question is dropped. */
function useResults(space: string, query: string): Found | undefined {
  const { store } = useApp()
  const [pages, setPages] = useState<readonly MessagePage[]>([])
  const [answered, setAnswered] = useState('')
  useEffect(() => {
    if (query === '') return
    let current = true
    const timer = setTimeout(() => {
      store.api.messages(space, { search: query, limit: PAGE_MESSAGES }).then(
        (page) => {
          if (!current) return
          setPages([page])
          setAnswered(query)
        },
        (error: unknown) => store.report(error, 'load'),
      )
    }, WAIT_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [store, space, query])
  if (query === '' || answered === '') return undefined
  const last = pages.at(-1)
  const before = last?.messages[0]?.id
  const more = () => {
    if (before === undefined) return
    store.api.messages(space, { search: answered, limit: PAGE_MESSAGES, before }).then(
      (page) => setPages([...pages, page]),
      (error: unknown) => store.report(error, 'load'),
    )
  }
  const messages = pages.flatMap((page) => page.messages.toReversed())
  return { query: answered, messages, more: last?.hasOlder === true ? more : undefined }
}
