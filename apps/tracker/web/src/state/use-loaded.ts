/** What a pane shows: loaded when it is opened, and again with each new `version`, keeping the old while that goes on. */

import { useCallback, useEffect, useState } from 'react'
import { usePage } from '../page-context.tsx'
import { BoardError } from './board-client.ts'
import type { Page, Query } from './board-client.ts'

export interface Loaded<Value> {
  readonly value: Value | undefined
  /** Why there is none, or no newer one; 404 when there is no such thing. */
  readonly error: BoardError | undefined
  readonly retry: () => void
}

interface State<Value> {
  readonly key: string
  readonly value: Value | undefined
  readonly error: BoardError | undefined
}

export function useLoaded<Value>(path: string, query: Query = {}, version = 0): Loaded<Value> {
  const { client } = usePage()
  const [tries, setTries] = useState(0)
  const key = `${path}?${JSON.stringify(query)}`
  const [state, setState] = useState<State<Value>>({ key, value: undefined, error: undefined })
  useEffect(() => {
    const abort = new AbortController()
    client.get<Value>(path, JSON.parse(key.slice(path.length + 1)) as Query, abort.signal).then(
      (value) => setState({ key, value, error: undefined }),
      (error: unknown) => {
        if (abort.signal.aborted) return
        setState((old) => ({
          key,
          value: old.key === key ? old.value : undefined,
          error: asBoardError(error),
        }))
      },
    )
    return () => abort.abort()
  }, [client, path, key, version, tries])
  const isCurrent = state.key === key
  return {
    value: isCurrent ? state.value : undefined,
    error: isCurrent ? state.error : undefined,
    retry: useCallback(() => setTries((count) => count + 1), []),
  }
}

export interface Pages<Row> {
  readonly rows: readonly Row[]
  /** Before anything is here. */
  readonly isLoading: boolean
  /** The rows are those of the question before, until the answer to this one is here. */
  readonly isStale: boolean
  /** Another question, another key. */
  readonly key: string
  readonly hasMore: boolean
  readonly error: BoardError | undefined
  readonly loadMore: () => void
  readonly retry: () => void
}

interface PagesState<Row> {
  readonly key: string
  readonly rows: readonly Row[]
  readonly next: string | null | undefined
  readonly error: BoardError | undefined
}

/**
 * Pages of a list as far as they were asked for. With a new `version` the first page is loaded again while it is the only
 * one; further down nothing moves under the reader.
 */
export function usePages<Row>(path: string, query: Query = {}, version = 0): Pages<Row> {
  const { client } = usePage()
  const key = `${path}?${JSON.stringify(query)}`
  const empty: PagesState<Row> = { key, rows: [], next: undefined, error: undefined }
  const [state, setState] = useState<PagesState<Row>>(empty)
  const [wanted, setWanted] = useState({ key, after: '', tries: 0 })
  const isStale = state.key !== key
  const current = isStale ? { ...empty, rows: state.rows } : state
  const after = wanted.key === key ? wanted.after : ''
  useEffect(() => {
    const abort = new AbortController()
    const asked = { ...(JSON.parse(key.slice(path.length + 1)) as Query), after }
    client.get<Page<Row>>(path, asked, abort.signal).then(
      ({ rows, next }) =>
        setState((old) => {
          const before = after === '' || old.key !== key ? [] : old.rows
          return { key, rows: [...before, ...rows], next, error: undefined }
        }),
      (error: unknown) => {
        if (abort.signal.aborted) return
        setState((old) => ({
          ...(old.key === key ? old : { key, rows: [], next: undefined }),
          error: asBoardError(error),
        }))
      },
    )
    return () => abort.abort()
    // A later page is not asked for again because time has passed.
  }, [client, path, key, after, after === '' ? version : 0, wanted.tries])
  const { next } = current
  return {
    rows: current.rows,
    isLoading: current.rows.length === 0 && next === undefined && current.error === undefined,
    isStale,
    key,
    hasMore: next !== null && next !== undefined,
    error: current.error,
    loadMore: useCallback(() => {
      if (typeof next === 'string') setWanted({ key, after: next, tries: 0 })
    }, [key, next]),
    retry: useCallback(() => setWanted((old) => ({ ...old, key, tries: old.tries + 1 })), [key]),
  }
}

function asBoardError(error: unknown): BoardError {
  return error instanceof BoardError ? error : new BoardError(0, 'UNREADABLE')
}
